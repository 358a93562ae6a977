import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import type { Action } from "../plan/action.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { buildPlanDocument } from "../plan/plan-document.ts";
import type { Graphic } from "../plan/recorded.ts";
import { printTarget } from "../plan/target.ts";
import type { ReportRow, ShownImage } from "../report/report-page.ts";
import type { RecordOf } from "../report/row-record.ts";
import { formatPlanSummary, formatRunSummary, summarizeRun } from "../report/summary.ts";
import { renderReportPage } from "../web/report/render-report-page.tsx";
import type { Job } from "./open-job.ts";
import type { JobOptions, PageOptions } from "./options.ts";
import { absent, gatherImages, type ShownBySha } from "./page-images.ts";
import { displayPath } from "./paths.ts";

/**
 * Writes a page: of a run, whose rows ended as `recordOf` says, and whose sandbox listens at `sandboxUrl`; of a plan
 * without.
 */
export type WritePage = (recordOf?: RecordOf, sandboxUrl?: string) => Promise<void>;

/** Prepares the page of a plan or a run. The ledger is read at once: after a run it no longer has what was replaced. */
export function preparePage(
  file: string,
  job: Job<JobOptions & PageOptions>,
  plan: Plan,
  ledger: LedgerView | undefined,
): WritePage {
  const { manifest, target, host, options } = job;
  const graphics = ledger?.recorded(target, job.paths.manifestKey).graphics ?? [];
  const recorded = new Map(graphics.map((graphic) => [graphic.graphicId, graphic]));
  return async (recordOf, sandboxUrl) => {
    const actions = describeActions(plan);
    const olds = new Map(actions.map((action) => [action, oldOf(action, recorded)]));
    const orphans = actions.filter(({ action }) => action === "orphan");
    const gone = [
      ...orphans.map(({ graphicId }) => recorded.get(graphicId ?? "")),
      ...olds.values(),
    ];
    const wanted = { actions, gone: gone.filter((graphic) => graphic !== undefined) };
    const shown = await gatherImages(job, wanted, sandboxUrl);
    const page = {
      kind: recordOf ? ("apply" as const) : ("plan" as const),
      manifest: manifest.file,
      target: printTarget(target),
      madeAt: new Date().toISOString(),
      summary: recordOf
        ? formatRunSummary(summarizeRun(manifest.rows.map((row) => recordOf(row).status)))
        : formatPlanSummary(buildPlanDocument(manifest.file, target, actions), options.rate),
      rows: rowsOf(job, actions, { recorded, olds, shown, recordOf }),
    };
    await replaceFile(file, renderReportPage(page));
    host.watcher.tell({ kind: "note", text: `page in ${displayPath(file, host.cwd)}` });
  };
}

/** What is known of the rows of a page. */
interface Known {
  /** By id. */
  recorded: ReadonlyMap<string, Graphic>;
  /** The graphics that are replaced. */
  olds: ReadonlyMap<Action, Graphic | undefined>;
  shown: ShownBySha;
  recordOf: RecordOf | undefined;
}

function rowsOf(
  { manifest, images, target }: Job,
  actions: readonly Action[],
  { recorded, olds, shown, recordOf }: Known,
): ReportRow[] {
  const imageOf = (sha256: string): ShownImage =>
    shown.get(sha256) ?? absent("the file has changed since");
  const sizes = new Map(manifest.rows.map(({ line }, index) => [line, images[index]]));
  return actions.map((action) => {
    const { line, folder, name, sha256 } = action;
    const record = line === null ? undefined : recordOf?.({ folder, name });
    const { graphicId, url } = record ?? {
      graphicId: action.graphicId,
      url: recorded.get(action.graphicId ?? "")?.url,
    };
    const size = sizes.get(line ?? 0);
    const old = olds.get(action);
    return {
      action,
      graphicId,
      // No link to the embedded sandbox, which listens only while a command runs.
      url: target.baseUrl === null ? null : url || null,
      result: record && { status: record.status, error: record.error },
      widthPx: size?.widthPx,
      heightPx: size?.heightPx,
      image: imageOf(sha256),
      old: old && {
        folder: old.folder,
        name: old.name,
        graphicId: old.graphicId,
        image: old.sha256 === sha256 ? undefined : imageOf(old.sha256),
      },
    };
  });
}

/** The graphic that this action's upload takes the place of. */
function oldOf(
  { action, graphicId }: Action,
  recorded: ReadonlyMap<string, Graphic>,
): Graphic | undefined {
  return action === "replace" || action === "unknown" ? recorded.get(graphicId ?? "") : undefined;
}
