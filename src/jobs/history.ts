import type { ManifestRow } from "../manifest/manifest.ts";
import { isSent } from "../plan/decide-action.ts";
import { describeAction } from "../plan/planned-row.ts";
import { printTarget } from "../plan/printed-fields.ts";
import {
  buildExplanation,
  type Explanation,
  explainedAddresses,
  graphicsAt,
  type HistoryDocument,
  printRuns,
} from "../report/ledger-documents.ts";
import { isCalled } from "../report/resolution.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { type JobLedger, readJobLedger } from "./job-ledger.ts";
import { INVALID, type Job, openJob, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { displayManifest, resolvePaths } from "./paths.ts";
import { planJob, policyOf } from "./plan.ts";
import { noRunRecorded, withRecord } from "./record.ts";
import { type JobHost, type JobResult, withTell } from "./watcher.ts";

/** A manifest's runs, each with the manifest as seen from here; the manifest itself need not exist any more. */
export async function listRuns(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<HistoryDocument>> {
  const { cwd } = host;
  const paths = resolvePaths(file, options, cwd);
  const runs = await withRecord({ paths, options, host }, (ledger) =>
    ledger.runs(paths.manifestKey),
  );
  if (runs.length === 0) throw noRunRecorded(paths, cwd);
  if (runs.some(({ finishedAt }) => finishedAt === null))
    await writeResultsOfKilled(file, options, host);
  const shown = printRuns(runs).map((run) => {
    return { ...run, manifest: displayManifest(run.manifest, paths.ledger, cwd) };
  });
  return { exitCode: EXIT.done, document: { version: 1, runs: shown } };
}

/** Where the manifest is there, and nothing is wrong with it: that is not what was asked. */
async function writeResultsOfKilled(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<void> {
  const watcher = withTell(host.watcher, () => {});
  try {
    const job = await openManifest(file, options, { ...host, watcher });
    if (job) await withRecord(job, () => {});
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** Tells why one row is what the plan says. Sends and records nothing. */
export async function explain(
  file: string,
  place: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<Explanation>> {
  const job = await openJob(file, options, host);
  if (!job) return INVALID;
  const row = rowAt(job, place);
  const record = await readJobLedger(job);
  try {
    const explanation = explainRow(job, row, record);
    const runs = explanation.runs.map((run) => {
      const manifest = displayManifest(run.manifest, job.paths.ledger, host.cwd);
      return { ...run, manifest };
    });
    return { exitCode: EXIT.done, document: { ...explanation, runs } };
  } finally {
    record.ledger.close();
  }
}

/** A row by the line it starts in, its name, or its folder and name. */
function rowAt({ manifest: { file, rows } }: Job, place: string): ManifestRow {
  const byLine = rows.find(({ line }) => place === String(line));
  if (byLine) return byLine;
  const named = rows.filter((row) => isCalled(row, place));
  const [row] = named;
  if (row && named.length === 1) return row;
  if (row) {
    const lines = named.map(({ line }) => line).join(", ");
    throw new UserError("LINE_UNKNOWN", `${named.length} rows of ${file} are called '${place}'`, {
      hint: `give one of their lines: ${lines}`,
    });
  }
  const [first, last] = [rows[0], rows.at(-1)];
  const known =
    first && last ? `its rows start in lines ${first.line} to ${last.line}` : "it has no rows";
  const message = `no row of ${file} starts in line '${place}' or is called so: ${known}`;
  throw new UserError("LINE_UNKNOWN", message, {
    hint: "give the line as validate and plan count it (the header is line 1), the name, or folder/name",
  });
}

function explainRow(job: Job, row: ManifestRow, record: JobLedger): Explanation {
  const { ledger } = record;
  const { manifest, target, paths, options } = job;
  const plan = planJob(job, record, policyOf(options));
  const planned = plan.rows.find((one) => one.row === row);
  if (!planned) throw new Error(`the plan has no action for line ${row.line}`);
  const { decision } = planned;
  const places = explainedAddresses(row, isSent(decision) ? decision.replaces : undefined);
  const graphics = ledger.graphics(target, paths.manifestKey);
  return buildExplanation(
    { manifest: manifest.file, target: printTarget(target), action: describeAction(planned) },
    places.flatMap((place) => graphicsAt(graphics, place)),
    places.flatMap((place) => ledger.pastRows(target, place)),
  );
}
