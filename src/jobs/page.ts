import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import { type Diagnostic, escapeControls } from "../manifest/diagnostic.ts";
import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { buildPlanDocument } from "../plan/plan-document.ts";
import type { Action } from "../plan/planned-row.ts";
import { printTarget } from "../plan/printed-fields.ts";
import type { Graphic } from "../plan/recorded.ts";
import type { Fault, ReportRow, ShownImage } from "../report/report-page.ts";
import { formatPlanSummary, formatRunSummary, summarizeRun } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import { renderReportPage } from "../web/report/render-report-page.tsx";
import type { EndOf } from "./end-run.ts";
import { inspectManifest, type Job, loadManifest } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { resolvePageFile } from "./overwriting.ts";
import { absent, embedFiles, fetchOldImages, type ShownBySha } from "./page-images.ts";
import { displayPath, imageLimits, resolvePaths } from "./paths.ts";
import type { JobHost } from "./watcher.ts";

/**
 * Prepares the page of a plan, or of a run whose rows ended as `endOf` says and whose sandbox listens at `sandboxUrl`.
 * The ledger is read at once: after a run it no longer has what was replaced.
 */
export function preparePage(
  file: string,
  job: Job<JobOptions & PageOptions>,
  plan: Plan,
  ledger: LedgerView | undefined,
): (endOf?: EndOf, sandboxUrl?: string) => Promise<void> {
  const { manifest, target, host, options } = job;
  const graphics = ledger?.recorded(target, job.paths.manifestKey).graphics ?? [];
  const recorded = new Map(graphics.map((graphic) => [graphic.graphicId, graphic]));
  return async (endOf, sandboxUrl) => {
    const actions = describeActions(plan);
    const gone = actions.flatMap((action) => {
      // Its row is gone, or has other bytes: the graphic has no file of its own.
      const isGone = action.action === "orphan" || isReplacing(action);
      return (isGone && recorded.get(action.graphicId ?? "")) || [];
    });
    const shown = await embedFiles([...actions, ...gone], options, imageLimits(job.paths, options));
    const missing = gone.filter(({ sha256 }) => !shown.has(sha256));
    if (missing.length > 0) await fetchOldImages(job, missing, sandboxUrl, shown);
    const page = {
      kind: endOf ? ("apply" as const) : ("plan" as const),
      manifest: manifest.file,
      target: printTarget(target),
      madeAt: new Date().toISOString(),
      summary: endOf
        ? formatRunSummary(summarizeRun(manifest.rows, endOf))
        : formatPlanSummary(buildPlanDocument(manifest.file, target, actions), options.rate),
      faults: [],
      rows: rowsOf(job, actions, recorded, shown, endOf),
    };
    await replaceFile(file, renderReportPage(page));
    host.watcher.tell({ kind: "note", text: `page in ${displayPath(file, host.cwd)}` });
  };
}

/** Whether an action's upload takes the place of the graphic it speaks of. */
function isReplacing({ action }: Action): boolean {
  return action === "replace" || action === "unknown";
}

/** `recorded`: by id. */
function rowsOf(
  { wanted, target }: Job,
  actions: readonly Action[],
  recorded: ReadonlyMap<string, Graphic>,
  shown: ShownBySha,
  endOf: EndOf | undefined,
): ReportRow[] {
  const imageOf = (sha256: string): ShownImage =>
    shown.get(sha256) ?? absent("the file has changed since");
  const sizes = new Map(wanted.map(({ row, image }) => [row.line, image]));
  return actions.map((action) => {
    const { line, folder, name, sha256 } = action;
    const record = line === null ? undefined : endOf?.({ folder, name });
    const spokenOf = recorded.get(action.graphicId ?? "");
    const { graphicId, url } = record ?? { graphicId: action.graphicId, url: spokenOf?.url };
    const size = sizes.get(line ?? 0);
    const old = isReplacing(action) ? spokenOf : undefined;
    return {
      action: printable(action),
      faults: [],
      graphicId,
      // No link to the embedded sandbox, which listens only while a command runs.
      url: target.baseUrl === null ? null : url || null,
      result: record && {
        status: record.status,
        error: record.error && escapeControls(record.error),
      },
      widthPx: size?.widthPx,
      heightPx: size?.heightPx,
      image: imageOf(sha256),
      old: old && {
        folder: escapeControls(old.folder),
        name: escapeControls(old.name),
        graphicId: old.graphicId,
        image: old.sha256 === sha256 ? undefined : imageOf(old.sha256),
      },
    };
  });
}

/** What a ledger says of graphics was never validated as a manifest's texts are. */
function printable(action: Action): Action {
  const { folder, name, path } = action;
  const texts = { folder: escapeControls(folder), name: escapeControls(name) };
  return { ...action, ...texts, path: path && escapeControls(path) };
}

/** Writes the page of a manifest that has errors: each row's image, with what is wrong on its card. */
export async function writeFaultyPage(
  file: string,
  options: JobOptions & PageOptions,
  host: JobHost,
): Promise<void> {
  const paths = resolvePaths(file, options, host.cwd);
  const page = resolvePageFile(options, paths, host.cwd);
  if (page === undefined) return;
  const loaded = await loadManifest(file, host, options);
  const limits = imageLimits(paths, options);
  const before = { known: [], isTrusted: false };
  const { manifest, diagnostics, inspections } = await inspectManifest(loaded, limits, before);
  const rows = manifest?.rows ?? [];
  const byLine = new Map<number | null, Diagnostic[]>(rows.map(({ line }) => [line, []]));
  for (const one of diagnostics) byLine.get(one.line)?.push(one);
  const files = rows.flatMap(({ path }, index) => {
    const found = inspections[index];
    return found && "image" in found
      ? [{ path, sha256: found.image.sha256, bytes: found.image.sizeBytes }]
      : [];
  });
  const shown = await embedFiles(files, options, limits);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const content = {
    kind: "plan" as const,
    manifest: file,
    target: undefined,
    madeAt: new Date().toISOString(),
    summary: `${plural(errors, "error")}: fix them first; nothing can be uploaded before`,
    faults: diagnostics.filter(({ line }) => !byLine.has(line)).map(faultOf),
    rows: rows.map((row, index) => {
      const found = inspections[index];
      const faults = (byLine.get(row.line) ?? []).map(faultOf);
      return rowOf(row, found && "image" in found ? found.image : undefined, faults, shown);
    }),
  };
  await replaceFile(page, renderReportPage(content));
  host.watcher.tell({ kind: "note", text: `page in ${displayPath(page, host.cwd)}` });
}

function rowOf(
  { line, path, name, folder }: ManifestRow,
  image: Image | undefined,
  faults: readonly Fault[],
  shown: ShownBySha,
): ReportRow {
  const { contentType = "", sizeBytes: bytes = 0 } = image ?? {};
  return {
    action: { line, path, name, folder, contentType, bytes },
    faults,
    result: undefined,
    graphicId: null,
    url: null,
    widthPx: image?.widthPx,
    heightPx: image?.heightPx,
    image: shown.get(image?.sha256 ?? "") ?? { kind: "absent", why: "no image to show" },
    old: undefined,
  };
}

function faultOf({ severity, code, message, hint, line, field }: Diagnostic): Fault {
  return { severity, code, message, hint, line, field };
}
