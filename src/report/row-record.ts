import type { Outcome, Status } from "../execute/outcome.ts";
import type { PlannedRow } from "../plan/planned-row.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import { formatShard, isInShard, type Shard, shardIndexOf } from "../plan/shard.ts";

/**
 * What the ledger says of one row: the status of its last run, and the graphic that is current at its
 * address whatever that status is (so that a failed replacement still shows the id in the library).
 */
export interface RowRecord {
  status: Status;
  graphicId: string | null;
  url: string | null;
  /** Lower-case hex, of the recorded graphic. */
  sha256: string | null;
  /** ISO 8601. */
  uploadedAt: string | null;
  error: string | null;
}

/** A row's record, found by its address. */
export type RecordOf = (row: FolderAndName) => RowRecord;

/**
 * The ledger's records with a run's own outcomes on top, for a run whose ledger could not be written: an
 * id that came back is in the results even then.
 */
export function withOutcomes(
  recordOf: RecordOf,
  uploads: readonly PlannedRow[],
  outcomes: readonly Outcome[],
): RecordOf {
  const ended = new Map(
    uploads.map((upload, index) => [addressKey(upload.row), { upload, outcome: outcomes[index] }]),
  );
  return (row) => {
    const record = recordOf(row);
    const own = ended.get(addressKey(row));
    return own?.outcome ? overlay(record, own.upload, own.outcome) : record;
  };
}

function overlay(record: RowRecord, upload: PlannedRow, outcome: Outcome): RowRecord {
  if (outcome.status === "deleted") return record;
  if (outcome.status !== "uploaded") return { ...record, ...outcome };
  return { ...outcome, sha256: upload.image.sha256, error: null };
}

/**
 * What a shard's results say of every row of the manifest: of its own rows what the ledger says; of another
 * shard's what is known of it from before, never that this run uploaded it. Without a shard all rows are its own.
 */
export function ofShardAlone(recordOf: RecordOf, shard: Shard | undefined): RecordOf {
  if (!shard) return recordOf;
  return (row) => {
    const record = recordOf(row);
    if (isInShard(row, shard)) return record;
    if (record.status === "uploaded") return { ...record, status: "unchanged" };
    if (record.status !== "not-run") return record;
    const other = { index: shardIndexOf(row, shard.count), count: shard.count };
    return { ...record, error: `a row of shard ${formatShard(other)}` };
  };
}
