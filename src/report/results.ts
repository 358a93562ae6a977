import { stringify } from "csv-stringify/sync";
import type { Outcome, Standing } from "../execute/outcome.ts";
import { escapeControls } from "../manifest/diagnostic.ts";
import { fieldOfHeader } from "../manifest/header.ts";
import {
  type CsvDialect,
  DEFAULT_FOLDER,
  type Manifest,
  type ManifestRow,
  RESULT_COLUMNS,
} from "../manifest/manifest.ts";
import { encodeText, guardFormula } from "../manifest/text-encoding.ts";
import type { PlannedRow } from "../plan/planned-row.ts";
import { addressKey, type FolderAndName } from "../plan/recorded.ts";
import { formatShard, isInShard, type Shard, shardIndexOf } from "../plan/shard.ts";

const PART_ROWS = 1_000;

/**
 * The results CSV in parts: one line per manifest row, in manifest order; the manifest's own columns, then
 * the results columns. Written in the manifest's dialect; cells a spreadsheet would compute are guarded
 * (`unguardFormula` undoes it when the file is read as a manifest).
 */
export function* formatResults(manifest: Manifest, recordOf: RecordOf): Generator<Uint8Array> {
  const { rows, columns, dialect } = manifest;
  yield encodeText(formatLines([[...columns, ...RESULT_COLUMNS]], dialect), dialect);
  for (let start = 0; start < rows.length; start += PART_ROWS) {
    const lines = rows.slice(start, start + PART_ROWS).map((row) => {
      return [...row.cells, ...resultCells(recordOf(row))];
    });
    yield encodeText(formatLines(lines, dialect), { ...dialect, bom: false });
  }
}

/** A row's results columns. An upload without an answer says what was sent where no graphic has that cell. */
export function resultCells(record: RowRecord): string[] {
  const sha256 = record.sha256 ?? record.sentSha256;
  // What a ledger says of a row was never validated.
  return RESULT_COLUMNS.map((column) =>
    escapeControls((column === "sha256" ? sha256 : record[column]) ?? ""),
  );
}

function formatLines(lines: readonly string[][], { delimiter, newline }: CsvDialect): string {
  return stringify(
    lines.map((cells) => cells.map(guardFormula)),
    {
      delimiter,
      record_delimiter: newline,
      // The library quotes only its own record delimiter; any line break must stay inside its cell.
      quoted_match: /[\r\n]/,
    },
  );
}

/**
 * The manifest with every row's folder in the row, where one came from elsewhere (`--folder`, the defaults of a YAML
 * manifest): as a file of its own it then means the same.
 */
export function withFolders(manifest: Manifest): Manifest {
  const { columns, rows } = manifest;
  if (!rows.some(isFolderFromElsewhere)) return manifest;
  const found = columns.findIndex((header) => fieldOfHeader(header) === "folder");
  if (found === -1) {
    return {
      ...manifest,
      columns: [...columns, "folder"],
      rows: rows.map((row) => ({ ...row, cells: [...row.cells, row.folder] })),
    };
  }
  const filled = rows.map((row) => ({ ...row, cells: row.cells.with(found, row.folder) }));
  return { ...manifest, rows: filled };
}

function isFolderFromElsewhere({ columnOf, folder }: ManifestRow): boolean {
  return columnOf.folder === undefined && folder !== DEFAULT_FOLDER;
}

/**
 * The rows that failed or were not run, as a manifest of their own; undefined where there are none. Written as a
 * results CSV it can be run as it is: a folder that came from elsewhere (`--folder`, the defaults of a YAML
 * manifest) stands in its rows. Unknown uploads are not in it: nothing sends those again without leave.
 */
export function retryManifest(manifest: Manifest, recordOf: RecordOf): Manifest | undefined {
  const rows = manifest.rows.filter((row) => {
    const { status } = recordOf(row);
    return status === "failed" || status === "not-run";
  });
  if (rows.length === 0) return undefined;
  return withFolders({ ...manifest, format: "csv", rows });
}

/**
 * How one row stands, as the ledger says: what became of its last upload, and the graphic that is current at its address
 * whatever that was, so that a failed replacement still shows the id in the library.
 */
export interface RowRecord {
  /** The `status` column of the results. */
  status: Standing;
  graphicId: string | null;
  url: string | null;
  /** Where the graphic is, or the upload that got no answer went; null where there is neither. */
  library: string | null;
  /** Lower-case hex, of the recorded graphic. */
  sha256: string | null;
  /** ISO 8601. */
  uploadedAt: string | null;
  /** Of an upload that got no answer: the hash of the bytes that were sent. */
  sentSha256: string | null;
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
  library: string,
): RecordOf {
  const ended = new Map(
    uploads.map((upload, index) => [addressKey(upload.row), { upload, outcome: outcomes[index] }]),
  );
  return (row) => {
    const record = recordOf(row);
    const own = ended.get(addressKey(row));
    return own?.outcome ? overlay(record, own.upload, own.outcome, library) : record;
  };
}

function overlay(
  record: RowRecord,
  upload: PlannedRow,
  outcome: Outcome,
  library: string,
): RowRecord {
  if (outcome.status === "deleted") return record;
  if (outcome.status !== "uploaded") return { ...record, ...outcome };
  const { sha256 } = upload.image;
  return { ...outcome, library, sha256, sentSha256: null, error: null };
}

/**
 * What a shard's results say of every row of the manifest: what the ledger says, and of a row without a graphic that it
 * is another shard's. Without a shard all rows are its own.
 */
export function ofShardAlone(recordOf: RecordOf, shard: Shard | undefined): RecordOf {
  if (!shard) return recordOf;
  return (row) => {
    const record = recordOf(row);
    if (isInShard(row, shard)) return record;
    if (record.status !== "not-run") return record;
    const other = { index: shardIndexOf(row, shard.count), count: shard.count };
    return { ...record, error: `a row of shard ${formatShard(other)}` };
  };
}

/** Rows that need nothing now, although the last that was tried of them failed: a change was taken back. */
export function rowsWithdrawn(rows: readonly PlannedRow[], recordOf: RecordOf): ManifestRow[] {
  return rows.flatMap(({ row, decision }) => {
    const { status } = recordOf(row);
    const hasFailed = status === "failed" || status === "not-run";
    return decision.action === "unchanged" && hasFailed ? [row] : [];
  });
}
