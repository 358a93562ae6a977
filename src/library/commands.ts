import { resolve } from "node:path";
import type { ItemFinished } from "../execute/events.ts";
import type { Stopped } from "../execute/outcome.ts";
import { applyManifest } from "../jobs/apply.ts";
import { plan as planJob } from "../jobs/plan.ts";
import { validate as validateJob } from "../jobs/validate.ts";
import { type Diagnostic, publishDiagnostic } from "../manifest/diagnostic.ts";
import type { PlanDocument } from "../plan/plan-document.ts";
import type { RunSummary } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import {
  type ApplyOptions,
  type ManifestOptions,
  type PlanOptions,
  toJobOptions,
} from "./options.ts";
import { SilentWatcher, silentHost } from "./silent-watcher.ts";

/** A problem of a manifest. */
export type Problem = ReturnType<typeof publishDiagnostic>;

/** Every problem of a manifest and its pictures, by line; empty where all is well. Nothing is sent or written. */
export async function validate(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Problem[]> {
  const cwd = options.cwd ?? process.cwd();
  const { document = [] } = await validateJob(manifest, toJobOptions(options), { cwd });
  return document.map(publishDiagnostic);
}

/** Thrown by `plan` and `apply` where the manifest has errors; nothing was sent. */
export class ManifestInvalid extends UserError {
  readonly diagnostics: readonly Problem[];

  constructor(file: string, found: readonly Diagnostic[]) {
    const errors = found.filter(({ severity }) => severity === "error");
    super(
      "MANIFEST_INVALID",
      `${file} has errors: ${errors.length} in all, the first is ${errors[0]?.message}`,
    );
    this.name = "ManifestInvalid";
    this.diagnostics = found.map(publishDiagnostic);
  }
}

/**
 * What `apply` would do, row by row, then what no row names any more. Nothing is sent or written. Throws `ManifestInvalid`
 * where the manifest has errors and `UserError` for anything else that is yours to put right.
 */
export async function plan(manifest: string, options: PlanOptions = {}): Promise<PlanDocument> {
  const watcher = new SilentWatcher();
  const host = silentHost(options, watcher);
  const { document } = await planJob(manifest, toJobOptions(options), host);
  if (!document) throw new ManifestInvalid(manifest, watcher.found);
  return document;
}

/** How one row ended. */
export type AppliedRow = Pick<
  ItemFinished,
  "line" | "path" | "name" | "folder" | "status" | "graphicId" | "url" | "sha256" | "error"
>;

/** How a run ended. Rows that failed are results, not exceptions. */
export interface ApplyResult {
  /** As the command's exit code: 0 where every row has its graphic. */
  exitCode: number;
  summary: RunSummary;
  /** In manifest order. */
  rows: AppliedRow[];
  /** Why it ended before its last row; undefined where it did not. */
  stopped: Stopped | undefined;
  /** Absolute path of the results file; undefined where it could not be written: `alarms` says why. */
  results: string | undefined;
  /** What the command would have said although told to be quiet: what stopped the run, what could not be written, where ids were saved. */
  alarms: readonly string[];
}

/**
 * Plans, uploads, records every id and writes the results, without asking. Throws `ManifestInvalid` or
 * `UserError` before anything is sent; once something was, it resolves, whatever became of the rows.
 */
export async function apply(manifest: string, options: ApplyOptions = {}): Promise<ApplyResult> {
  const rows: AppliedRow[] = [];
  const watcher = new SilentWatcher((event) => {
    if (event.event === "item.finished") rows.push(rowOf(event));
    return options.onEvent?.(event);
  });
  const host = silentHost(options, watcher);
  const ended = await applyManifest(manifest, toJobOptions(options), host);
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
  const { line, path, name, folder, status, graphicId, url, sha256, error } = event;
  return { line, path, name, folder, status, graphicId, url, sha256, error };
}
