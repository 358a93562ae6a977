import { resolve as resolvePath } from "node:path";
import { adopt as adoptJob } from "../jobs/adopt.ts";
import { apply as applyJob } from "../jobs/apply.ts";
import { mergeShards } from "../jobs/merge.ts";
import { plan as planJob } from "../jobs/plan.ts";
import { resolveUnknowns } from "../jobs/resolve.ts";
import { exportResults, rewriteResults } from "../jobs/results.ts";
import { validate as validateJob } from "../jobs/validate.ts";
import { verify as verifyJob } from "../jobs/verify.ts";
import type { JobHost, JobResult } from "../jobs/watcher.ts";
import { publishDiagnostic } from "../manifest/diagnostic.ts";
import { describeResolution } from "../report/resolution.ts";
import { UserError } from "../user-error.ts";
import type {
  Adoption,
  ExportDocument,
  ItemFinished,
  MergeDocument,
  PlanDocument,
  Problem,
  Resolution,
  RunEvent,
  RunSummary,
  Verification,
} from "./documents.ts";
import { checkArguments, namedOptions, toJobOptions } from "./job-options.ts";
import type {
  AdoptOptions,
  ApplyOptions,
  ExportOptions,
  ManifestOptions,
  MergeOptions,
  PlanOptions,
  ResolveOptions,
  ShardOptions,
} from "./options.ts";
import { SilentWatcher, silentHost } from "./silent-watcher.ts";

/** Every problem of a manifest and its images, by line; empty where all is well. Nothing is sent or written. */
export async function validate(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Problem[]> {
  checkArguments("validate", manifest, options);
  const cwd = options.cwd ?? process.cwd();
  const { document = [] } = await validateJob(manifest, toJobOptions(options), { cwd });
  return document.map(publishDiagnostic);
}

/**
 * What `apply` would do, row by row, then what no row names any more. Nothing is sent or recorded; `out` saves the plan.
 * Throws `ManifestInvalid` where the manifest has errors and `UserError` for anything else that is yours to put right.
 */
export async function plan(manifest: string, options: PlanOptions = {}): Promise<PlanDocument> {
  checkArguments("plan", manifest, options);
  const { document } = await watch(manifest, options, (host) =>
    planJob(manifest, toJobOptions(options), host),
  );
  return document;
}

/** How one row ended. */
export type AppliedRow = Omit<ItemFinished, "version" | "event" | "time">;

/** Why a run ended before its last row, and what to do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/** How a run ended. Rows that failed are results, not exceptions. */
export interface ApplyResult extends Ended {
  summary: RunSummary;
  /** In manifest order. */
  rows: AppliedRow[];
  /** Undefined where it came to its last row. */
  stopped: Stopped | undefined;
  /** Absolute path of the results file; undefined where it could not be written: `alarms` says why. */
  results: string | undefined;
}

/**
 * Plans, uploads, records every id and writes the results, without asking. `manifest` may be a plan that `plan` saved with
 * `out`: exactly that is done, or nothing. Throws `ManifestInvalid` or `UserError` before anything is sent; once something
 * was, it resolves, whatever became of the rows.
 */
export async function apply(manifest: string, options: ApplyOptions = {}): Promise<ApplyResult> {
  checkArguments("apply", manifest, options);
  const base = resolvePath(options.cwd ?? "");
  const rows: AppliedRow[] = [];
  const onEvent = (event: RunEvent) => {
    if (event.event === "item.finished") {
      const { version: _version, event: _event, time: _time, ...row } = event;
      rows.push(row);
    }
    return options.onEvent?.(event);
  };
  const { document: end, ...ended } = await watch(manifest, { ...options, onEvent }, (host) =>
    applyJob(manifest, toJobOptions(options), namedOptions(options), host),
  );
  return {
    ...ended,
    summary: end.summary,
    rows: rows.sort((a, b) => a.line - b.line),
    stopped: end.stopped,
    results: end.areResultsWritten ? resolvePath(base, end.results) : undefined,
  };
}

/** What is said beside a document. */
export interface Ended {
  /** As the command's exit code: 0 where all is well. */
  exitCode: number;
  /** What the command would have said although told to be quiet: what stopped a run, what could not be written, where ids were saved. */
  alarms: readonly string[];
}

/** How a row stands: what the results file says of it. */
export interface RecordedRow {
  /** Line of the manifest where the row starts. */
  line: number;
  /** As the manifest names it. */
  path: string;
  name: string;
  folder: string;
  status: "uploaded" | "failed" | "unknown" | "not-run";
  /** Of the graphic that stands in the library; null where there is none. */
  graphicId: string | null;
  url: string | null;
  library: string | null;
  /** Of the graphic's bytes, lower-case hex. */
  sha256: string | null;
  /** ISO 8601. */
  uploadedAt: string | null;
  error: string | null;
}

/** Writes the results file again from the ledger and gives its rows; no network. */
export async function results(
  manifest: string,
  options: ShardOptions = {},
): Promise<{ results: string; rows: RecordedRow[] }> {
  checkArguments("results", manifest, options);
  const base = resolvePath(options.cwd ?? "");
  const { document } = await watch(manifest, options, (host) =>
    rewriteResults(manifest, toJobOptions(options), host),
  );
  const rows = document.rows.map(({ row, record }): RecordedRow => {
    const { line, path, name, folder } = row;
    const { status, graphicId, url, library, sha256, uploadedAt, error } = record;
    const place = { line, path, name, folder };
    return { ...place, status, graphicId, url, library, sha256, uploadedAt, error };
  });
  return { results: resolvePath(base, document.results), rows };
}

/** The ids in a format made to be pasted, as `qgfx results --format`; no network. */
export async function exportIds(manifest: string, options: ExportOptions): Promise<ExportDocument> {
  checkArguments("exportIds", manifest, options);
  const { document } = await watch(manifest, options, (host) =>
    exportResults(manifest, { ...toJobOptions(options), format: options.format }, host),
  );
  return document;
}

/** Lists the uploads that got no answer, or settles them as the options say. */
export async function resolve(
  manifest: string,
  options: ResolveOptions = {},
): Promise<Resolution & Ended> {
  checkArguments("resolve", manifest, options);
  const { landed = {}, absent = [], ...rest } = options;
  const findings = {
    landed: Object.entries(landed).map(([place, id]) => `${place}=${id}`),
    absent: absent === "all" ? ["all"] : absent.map(String),
  };
  const { document, ...ended } = await watch(manifest, options, (host) =>
    resolveUnknowns(manifest, { ...toJobOptions(rest), ...findings }, host),
  );
  return { ...describeResolution(document), ...ended };
}

/** Takes over the ids of an earlier script, each after its graphic was fetched and compared. */
export async function adopt(
  manifest: string,
  options: AdoptOptions = {},
): Promise<Adoption & Ended> {
  checkArguments("adopt", manifest, options);
  return tell(manifest, options, (host) => adoptJob(manifest, toJobOptions(options), host));
}

/** Fetches every recorded graphic and compares it with what was sent. */
export async function verify(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Verification & Ended> {
  checkArguments("verify", manifest, options);
  return tell(manifest, options, (host) => verifyJob(manifest, toJobOptions(options), host));
}

/** Puts the ledgers of a manifest's shards into its own and writes the results of all. */
export async function merge(
  manifest: string,
  options: MergeOptions = {},
): Promise<MergeDocument & Ended> {
  checkArguments("merge", manifest, options);
  const { ledgers, ...rest } = options;
  const given = { ...toJobOptions(rest), ...(ledgers && { ledgers: [...ledgers] }) };
  return tell(manifest, options, (host) => mergeShards(manifest, given, host));
}

/** Gives a job's document, and what is said beside it. */
async function tell<Document>(
  ...asked: Parameters<typeof watch<Document>>
): Promise<Document & Ended> {
  const { document, ...ended } = await watch(...asked);
  return { ...document, ...ended };
}

/** Runs a job that says nothing; throws where its manifest has errors. */
async function watch<Document>(
  manifest: string,
  options: Pick<ApplyOptions, "cwd" | "env" | "token" | "signal" | "onEvent">,
  job: (host: JobHost) => Promise<JobResult<Document>>,
): Promise<Ended & { document: Document }> {
  const watcher = new SilentWatcher(options.onEvent);
  const { document, exitCode, defect } = await job(silentHost(options, watcher));
  if (defect) throw defect.error;
  await watcher.throwOn();
  if (document === undefined) throw new ManifestInvalid(manifest, watcher.found);
  return { document, exitCode, alarms: watcher.alarms };
}

/** Thrown where a manifest has errors: nothing was sent, recorded or written. */
export class ManifestInvalid extends UserError {
  /** Everything that was found, warnings included. */
  readonly diagnostics: readonly Problem[];

  constructor(file: string, found: readonly Problem[]) {
    const errors = found.filter(({ severity }) => severity === "error");
    super(
      "MANIFEST_INVALID",
      `${file} has errors: ${errors.length} in all, the first is ${errors[0]?.message}`,
    );
    this.name = "ManifestInvalid";
    this.diagnostics = found;
  }
}
