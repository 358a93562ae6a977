import type { ImageLimits } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { buildPlanDocument } from "../plan/plan-document.ts";
import type { Action } from "../plan/planned-row.ts";
import type { Graphic } from "../plan/recorded.ts";
import { printTarget } from "../plan/target.ts";
import { type FetchedGraphic, openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import { chooseImages, type ReportRow, type ShownImage } from "../report/report-page.ts";
import { formatPlanSummary, formatRunSummary, summarizeRun } from "../report/summary.ts";
import { formatBytes } from "../report/units.ts";
import { renderReportPage } from "../web/report/render-report-page.tsx";
import type { EndOf } from "./end-run.ts";
import type { Job } from "./open-job.ts";
import { DEFAULT_PAGE_IMAGE_BYTES, type JobOptions, type PageOptions } from "./options.ts";
import { displayPath } from "./paths.ts";
import { openSandbox } from "./service.ts";

/**
 * Writes a page: of a run, whose rows ended as `endOf` says, and whose sandbox listens at `sandboxUrl`; of a plan
 * without.
 */
export type WritePage = (endOf?: EndOf, sandboxUrl?: string) => Promise<void>;

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
  return async (endOf, sandboxUrl) => {
    const actions = describeActions(plan);
    const gone = actions.flatMap((action) => {
      const graphic = isGone(action) ? recorded.get(action.graphicId ?? "") : undefined;
      return graphic ?? [];
    });
    const shown = await embedFiles([...actions, ...gone], options, imageLimits(job));
    const missing = gone.filter(({ sha256 }) => !shown.has(sha256));
    if (missing.length > 0) await fetchGraphics(job, missing, sandboxUrl, shown);
    const page = {
      kind: endOf ? ("apply" as const) : ("plan" as const),
      manifest: manifest.file,
      target: printTarget(target),
      madeAt: new Date().toISOString(),
      summary: endOf
        ? formatRunSummary(summarizeRun(manifest.rows, endOf))
        : formatPlanSummary(buildPlanDocument(manifest.file, target, actions), options.rate),
      faults: [],
      rows: rowsOf(job, actions, { recorded, shown, endOf }),
    };
    await replaceFile(file, renderReportPage(page));
    host.watcher.tell({ kind: "note", text: `page in ${displayPath(file, host.cwd)}` });
  };
}

/** Whether the graphic that an action speaks of has no file of its own: its row is gone, or has other bytes. */
function isGone(action: Action): boolean {
  return action.action === "orphan" || isReplacing(action);
}

/** Whether an action's upload takes the place of the graphic it speaks of. */
function isReplacing({ action }: Action): boolean {
  return action === "replace" || action === "unknown";
}

/** What is known of the rows of a page. */
interface Known {
  /** By id. */
  recorded: ReadonlyMap<string, Graphic>;
  shown: ShownBySha;
  endOf: EndOf | undefined;
}

function rowsOf(
  { wanted, target }: Job,
  actions: readonly Action[],
  { recorded, shown, endOf }: Known,
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
      action,
      faults: [],
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

/** Bytes by their hash (lower-case hex), as the page shows them. */
export type ShownBySha = Map<string, ShownImage>;

/**
 * Images as far as a page has room for them, each from a file that still has its bytes: those whose file is gone, or has
 * others, are left out.
 */
export async function embedFiles(
  files: readonly { path: string; sha256: string; bytes: number }[],
  { htmlPictures }: PageOptions,
  limits: ImageLimits,
): Promise<ShownBySha> {
  const chosen = chooseImages(
    files.map(({ sha256, bytes }) => ({ sha256, sizeBytes: bytes })),
    htmlPictures ?? DEFAULT_PAGE_IMAGE_BYTES,
  );
  const shown: ShownBySha = new Map();
  for (const { sha256, bytes, path } of files) {
    if (shown.has(sha256)) continue;
    if (!chosen.has(sha256)) {
      const why = `${formatBytes(bytes)}: left out to keep the page small (--html-pictures)`;
      shown.set(sha256, absent(why));
      continue;
    }
    const read = await readImage(path, limits);
    if ("problem" in read || read.image.sha256 !== sha256) continue;
    shown.set(sha256, embedded(read.image.contentType, read.bytes));
  }
  return shown;
}

function imageLimits({ paths, options }: Job): ImageLimits {
  return { ...paths, maxBytes: options.maxSize };
}

/** An image that is not in the page, and why. */
function absent(why: string): ShownImage {
  return { kind: "absent", why };
}

const FETCHES_AT_ONCE = 4;

/** The embedded sandbox is part of this process, so asking it sends nothing. */
async function fetchGraphics(
  { options, target, paths, host }: Job<JobOptions & PageOptions>,
  gone: readonly Graphic[],
  sandboxUrl: string | undefined,
  shown: ShownBySha,
): Promise<void> {
  const { baseUrl } = target;
  if (baseUrl !== null && options.htmlOld !== true) {
    for (const { sha256 } of gone) {
      shown.set(sha256, absent("not kept here (--html-old fetches it)"));
    }
    return;
  }
  const isOpen = baseUrl ?? sandboxUrl;
  const sandbox = isOpen === undefined ? await openSandbox(paths, target) : undefined;
  const reader = openGraphicReader(
    FETCHES_AT_ONCE,
    { maxBytes: options.maxSize },
    { network: openNetwork(host.env) },
  );
  const origin = isOpen ?? sandbox?.baseUrl ?? "";
  const pending = gone.values();
  const worker = async () => {
    for (const { sha256, graphicId } of pending) {
      // Made anew: what a ledger says may lead anywhere.
      const fetched = await reader.fetch(graphicUrl(origin, graphicId));
      shown.set(sha256, showFetched(fetched));
    }
  };
  try {
    await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, worker));
  } finally {
    await reader.close();
    await sandbox?.close();
  }
}

/** The type is read from the bytes: a service may say anything. */
function showFetched(fetched: FetchedGraphic): ShownImage {
  if (fetched.kind === "missing") return absent("no longer in the library");
  if (fetched.kind !== "bytes") return absent(`could not be fetched: ${fetched.message}`);
  const { buffer, byteOffset, length } = fetched.bytes;
  const contentType = contentTypeOf(Buffer.from(buffer, byteOffset, length));
  return contentType ? embedded(contentType, fetched.bytes) : absent("its URL gives no picture");
}

function embedded(contentType: string, bytes: Uint8Array): ShownImage {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  return { kind: "embedded", contentType, base64 };
}
