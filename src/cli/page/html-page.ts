import { createHash } from "node:crypto";
import { replaceFile } from "../../files/replace-file.ts";
import type { Action } from "../../plan/action.ts";
import type { Graphic } from "../../plan/recorded.ts";
import { formatReportPage } from "../../report/html/format-page.ts";
import type { OldGraphic, ReportRow, ShownImage } from "../../report/html/report-page.ts";
import type { RecordOf, RowRecord } from "../../report/row-record.ts";
import { absent, type ShownBySha } from "./html-pictures.ts";
import { gatherPictures } from "./html-shown.ts";
import type { PageSource } from "./html-source.ts";

/** What is known only when the page is written. */
export interface PageEnd {
  /** The summary line. */
  summary: string;
  /** How the rows ended; undefined for a plan. */
  recordOf: RecordOf | undefined;
  /** Where the embedded sandbox listens, if it does. */
  sandboxUrl: string | undefined;
}

/** Writes the page, replacing what is there. */
export async function writeHtmlPage(
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
  const shown = await gatherPictures(source, [...olds.values()], sandboxUrl);
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
