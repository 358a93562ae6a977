import { createHash } from "node:crypto";
import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/open-ledger.ts";
import type { Action } from "../plan/action.ts";
import type { Plan } from "../plan/build-plan.ts";
import type { Graphic } from "../plan/recorded.ts";
import { formatReportPage } from "../report/html/format-page.ts";
import type { OldGraphic, ReportRow, ShownImage } from "../report/html/report-page.ts";
import type { RecordOf, RowRecord } from "../report/row-record.ts";
import { formatPlanSummary, formatRunSummary, summarizeRun } from "../report/summary.ts";
import { describePlan } from "./job-plan.ts";
import type { Job } from "./open-job.ts";
import { absent, gatherImages, type PageSource, type ShownBySha } from "./page-images.ts";

/** What is known only when the page is written. */
interface PageEnd {
  /** The summary line. */
  summary: string;
  /** How the rows ended; undefined for a plan. */
  recordOf: RecordOf | undefined;
  /** Where the embedded sandbox listens, if it does. */
  sandboxUrl: string | undefined;
}

/** Writes the page of `plan --html`. */
export async function writePlanPage(
  file: string,
  job: PageSource["job"],
  plan: Plan,
  ledger: LedgerView | undefined,
): Promise<void> {
  const source = { job, plan, recorded: recordedById(job, ledger) };
  const summary = formatPlanSummary(describePlan(job, plan), job.options.rate);
  await writePage(file, source, { summary, recordOf: undefined, sandboxUrl: undefined });
}

/** Writes the page of a run whose rows ended like that. */
export type WritePage = (recordOf: RecordOf) => Promise<void>;

/**
 * Prepares the page of `apply --html` before the run, while the ledger still has what will be replaced.
 * `sandboxUrl`: where the service of this run listens.
 */
export function prepareRunPage(
  file: string,
  job: PageSource["job"],
  plan: Plan,
  ledger: LedgerView,
  sandboxUrl: string | undefined,
): WritePage {
  const source = { job, plan, recorded: recordedById(job, ledger) };
  return async (recordOf) => {
    const statuses = job.manifest.rows.map((row) => recordOf(row).status);
    const summary = formatRunSummary(summarizeRun(statuses));
    await writePage(file, source, { summary, recordOf, sandboxUrl });
  };
}

function recordedById(
  { target, paths }: Job,
  ledger: LedgerView | undefined,
): ReadonlyMap<string, Graphic> {
  const graphics = ledger?.recorded(target, paths.manifestKey).graphics ?? [];
  return new Map(graphics.map((graphic) => [graphic.graphicId, graphic]));
}

/** Writes the page, replacing what is there. */
async function writePage(
  file: string,
  source: PageSource,
  { summary, recordOf, sandboxUrl }: PageEnd,
): Promise<void> {
  const { job, plan } = source;
  const olds = new Map(
    plan.actions.flatMap((action) => {
      const old = oldOf(action, source);
      return old ? [[action, old] as const] : [];
    }),
  );
  const shown = await gatherImages(source, [...olds.values()], sandboxUrl);
  const sizes = new Map(job.manifest.rows.map(({ line }, index) => [line, job.images[index]]));
  const rows = plan.actions.map((action): ReportRow => {
    const record = recordOf && action.line !== null ? recordOf(withLine(action)) : undefined;
    const size = sizes.get(action.line ?? 0);
    return {
      action,
      ...currentGraphic(action, record, source),
      result: record && { status: record.status, error: record.error },
      widthPx: size?.widthPx,
      heightPx: size?.heightPx,
      image: pictureOf(action.sha256, shown),
      old: showOld(olds.get(action), action, shown),
    };
  });
  const { host, library } = job.target;
  const page = {
    kind: recordOf ? ("apply" as const) : ("plan" as const),
    manifest: job.manifest.file,
    target: { host, library },
    madeAt: new Date().toISOString(),
    summary,
    rows,
  };
  await replaceFile(file, formatReportPage(page, hashText));
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function withLine({ folder, name, line }: Action): Parameters<RecordOf>[0] {
  return { folder, name, line: line ?? 0 };
}

/** The graphic that this action's upload takes the place of. */
function oldOf({ action, graphicId }: Action, { recorded }: PageSource): Graphic | undefined {
  const takesPlace = action === "replace" || action === "unknown";
  return takesPlace && graphicId !== null ? recorded.get(graphicId) : undefined;
}

/** Without a link to the embedded sandbox, which listens only while a command runs. */
function currentGraphic(
  { graphicId }: Action,
  record: RowRecord | undefined,
  { job, recorded }: PageSource,
): Pick<ReportRow, "graphicId" | "url"> {
  const id = record ? record.graphicId : graphicId;
  const url = record ? record.url : recorded.get(graphicId ?? "")?.url;
  return { graphicId: id, url: job.target.baseUrl === null ? null : url || null };
}

function showOld(
  old: Graphic | undefined,
  { sha256 }: Action,
  shown: ShownBySha,
): OldGraphic | undefined {
  if (!old) return undefined;
  const { folder, name, graphicId } = old;
  const image = old.sha256 === sha256 ? undefined : pictureOf(old.sha256, shown);
  return { folder, name, graphicId, image };
}

function pictureOf(sha256: string, shown: ShownBySha): ShownImage {
  return shown.get(sha256) ?? absent("the file has changed since");
}
