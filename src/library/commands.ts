import { resolve } from "node:path";
import { apply as applyJob } from "../jobs/apply.ts";
import { plan as planJob } from "../jobs/plan.ts";
import { validate as validateJob } from "../jobs/validate.ts";
import { publishDiagnostic } from "../manifest/diagnostic.ts";
import type { ItemFinished, PlanDocument, Problem, RunSummary } from "./documents.ts";
import { checkArguments, namedOptions, toJobOptions } from "./job-options.ts";
import { ManifestInvalid } from "./manifest-invalid.ts";
import type { ApplyOptions, ManifestOptions, PlanOptions } from "./options.ts";
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
  const watcher = new SilentWatcher();
  const host = silentHost(options, watcher);
  const out = options.out === undefined ? {} : { out: options.out };
  const { document } = await planJob(manifest, { ...toJobOptions(options), ...out }, host);
  if (!document) throw new ManifestInvalid(manifest, watcher.found);
  return document;
}

/** How one row ended. */
export type AppliedRow = Pick<
  ItemFinished,
  | "line"
  | "path"
  | "name"
  | "folder"
  | "status"
  | "graphicId"
  | "url"
  | "sha256"
  | "error"
  | "warning"
>;

/** Why a run ended before its last row, and what to do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/** How a run ended. Rows that failed are results, not exceptions. */
export interface ApplyResult {
  /** As the command's exit code: 0 where every row has its graphic. */
  exitCode: number;
  summary: RunSummary;
  /** In manifest order. */
  rows: AppliedRow[];
  /** Undefined where it came to its last row. */
  stopped: Stopped | undefined;
  /** Absolute path of the results file; undefined where it could not be written: `alarms` says why. */
  results: string | undefined;
  /** What the command would have said although told to be quiet: what stopped the run, what could not be written, where ids were saved. */
  alarms: readonly string[];
}

/**
 * Plans, uploads, records every id and writes the results, without asking. `manifest` may be a plan that `plan` saved with
 * `out`: exactly that is done, or nothing. Throws `ManifestInvalid` or `UserError` before anything is sent; once something
 * was, it resolves, whatever became of the rows.
 */
export async function apply(manifest: string, options: ApplyOptions = {}): Promise<ApplyResult> {
  checkArguments("apply", manifest, options);
  const rows: AppliedRow[] = [];
  const watcher = new SilentWatcher((event) => {
    if (event.event === "item.finished") rows.push(rowOf(event));
    return options.onEvent?.(event);
  });
  const host = silentHost(options, watcher);
  const ended = await applyJob(manifest, toJobOptions(options), namedOptions(options), host);
  if (ended.defect) throw ended.defect.error;
  await watcher.throwOn();
  const { exitCode, document: end } = ended;
  if (!end) throw new ManifestInvalid(manifest, watcher.found);
  return {
    exitCode,
    summary: end.summary,
    rows: rows.sort((a, b) => a.line - b.line),
    stopped: end.stopped,
    results: end.areResultsWritten ? resolve(host.cwd, end.results) : undefined,
    alarms: watcher.alarms,
  };
}

function rowOf(event: ItemFinished): AppliedRow {
  const { line, path, name, folder, status, graphicId, url, sha256, error, warning } = event;
  return { line, path, name, folder, status, graphicId, url, sha256, error, warning };
}
