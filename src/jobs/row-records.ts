import type { Execution } from "../execute/execute-uploads.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import type { Action } from "../plan/action.ts";
import type { Plan } from "../plan/build-plan.ts";
import { addressKey } from "../plan/recorded.ts";
import type { TargetKey } from "../plan/target.ts";
import { type RecordOf, type RowRecord, withOutcomes } from "../report/row-record.ts";
import type { JobEnd } from "./end-job.ts";
import type { Job } from "./open-job.ts";

/** What tells how a run's rows ended. */
interface RunParts {
  ledger: LedgerView;
  plan: Plan;
  execution: Execution;
}

/**
 * What the results say of each row: the ledger's record, with the run's own outcomes on top where the ledger
 * was lost. All records are read here, each once, so that what comes later finds a ledger that can be read. One that
 * cannot be is one more trouble of the job's `end`, and the plan stands in.
 */
export function recordsOfRun(
  job: Job,
  { ledger, plan, execution }: RunParts,
  end: JobEnd,
): RecordOf {
  try {
    const { rows } = job.shard?.whole ?? job.manifest;
    const recorded = readRecords(ledger, job.target, job.paths.manifestKey, rows);
    if (execution.stopped?.by !== "ledger") return recorded;
    return withOutcomes(recorded, plan.uploads, execution.outcomes);
  } catch (error) {
    end.add(error);
    return withOutcomes(plannedRecords(plan), plan.uploads, execution.outcomes);
  }
}

/** What the ledger says of each row, as of now. */
export function readRecords(
  ledger: LedgerView,
  target: TargetKey,
  manifestKey: string,
  rows: readonly ManifestRow[],
): RecordOf {
  const read = ledger.rowRecords(target, manifestKey, rows);
  const records = new Map(rows.map((row, index) => [addressKey(row), read[index]]));
  return (row) => {
    const record = records.get(addressKey(row));
    if (!record) throw new Error(`line ${row.line} has no record`);
    return record;
  };
}

const UNREADABLE = "the ledger could not be read";
const NOTHING = { graphicId: null, url: null, sha256: null, uploadedAt: null };

function plannedRecords(plan: Plan): RecordOf {
  const byLine = new Map(plan.actions.map((action) => [action.line, plannedRecord(action)]));
  const none: RowRecord = { ...NOTHING, status: "not-run", error: UNREADABLE };
  return ({ line }) => byLine.get(line) ?? none;
}

/** Id and hash are what makes a row one that is not uploaded again. */
function plannedRecord({ action, graphicId, sha256 }: Action): RowRecord {
  if (action === "unchanged") {
    return { ...NOTHING, status: "unchanged", graphicId, sha256, error: null };
  }
  const status = action === "unknown" ? "unknown" : "not-run";
  return { ...NOTHING, status, error: UNREADABLE };
}
