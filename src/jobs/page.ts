import type { ImageLimits } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { LedgerView } from "../ledger/ledger.ts";
import type { Action } from "../plan/action.ts";
import { describeActions, type Plan } from "../plan/build-plan.ts";
import { buildPlanDocument } from "../plan/plan-document.ts";
import type { Graphic } from "../plan/recorded.ts";
import { printTarget } from "../plan/target.ts";
import { type FetchedGraphic, openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { chooseImages, type ReportRow, type ShownImage } from "../report/report-page.ts";
import type { RecordOf } from "../report/row-record.ts";
import { formatPlanSummary, formatRunSummary, summarizeRun } from "../report/summary.ts";
import { formatBytes } from "../report/units.ts";
import { renderReportPage } from "../web/report/render-report-page.tsx";
import type { Job } from "./open-job.ts";
import { DEFAULT_PAGE_IMAGE_BYTES, type JobOptions, type PageOptions } from "./options.ts";
import { displayPath } from "./paths.ts";
import { openSandbox } from "./service.ts";

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

/** Bytes by their hash (lower-case hex), as the page shows them. */
type ShownBySha = Map<string, ShownImage>;

/** What a page shows: the plan's actions, and graphics that may have no file any more: replaced ones and orphans. */
interface WantedImages {
  actions: readonly Action[];
  gone: readonly Graphic[];
}

/**
 * The images of a page: those of the manifest from their files, the others from a file that still has their bytes,
 * else from the service where that was asked for. Nothing is sent otherwise.
 */
async function gatherImages(
  job: Job<JobOptions & PageOptions>,
  { actions, gone }: WantedImages,
  sandboxUrl: string | undefined,
): Promise<ShownBySha> {
  const { options, paths } = job;
  const wanted = [...actions, ...gone];
  const chosen = chooseImages(
    wanted.map(({ sha256, bytes }) => ({ sha256, sizeBytes: bytes })),
    options.htmlPictures ?? DEFAULT_PAGE_IMAGE_BYTES,
  );
  const shown: ShownBySha = new Map();
  for (const { sha256, bytes } of wanted) {
    const why = `${formatBytes(bytes)}: left out to keep the page small (--html-pictures)`;
    if (!chosen.has(sha256)) shown.set(sha256, absent(why));
  }
  const limits = { ...paths, maxBytes: options.maxSize };
  await readFiles(wanted, limits, shown);
  await fetchGraphics(
    job,
    gone.filter(({ sha256 }) => !shown.has(sha256)),
    sandboxUrl,
    shown,
  );
  return shown;
}

/** An image that is not in the page, and why. */
function absent(why: string): ShownImage {
  return { kind: "absent", why };
}

const READS_AT_ONCE = 8;
const FETCHES_AT_ONCE = 4;

/** Reads those that are not shown yet; a file that no longer has those bytes is left out. */
async function readFiles(
  files: readonly { sha256: string; path: string }[],
  limits: ImageLimits,
  shown: ShownBySha,
): Promise<void> {
  await inTurns(files, READS_AT_ONCE, async ({ sha256, path }) => {
    if (shown.has(sha256)) return;
    const read = await readImage(path, limits);
    if ("problem" in read || read.image.sha256 !== sha256) return;
    shown.set(sha256, embedded(read.image.contentType, read.bytes));
  });
}

/** The embedded sandbox is part of this process, so asking it sends nothing. */
async function fetchGraphics(
  { options, target, paths }: Job<JobOptions & PageOptions>,
  gone: readonly Graphic[],
  sandboxUrl: string | undefined,
  shown: ShownBySha,
): Promise<void> {
  if (gone.length === 0) return;
  const { baseUrl } = target;
  if (baseUrl !== null && options.htmlOld !== true) {
    for (const { sha256 } of gone) {
      shown.set(sha256, absent("not kept here (--html-old fetches it)"));
    }
    return;
  }
  const isOpen = baseUrl ?? sandboxUrl;
  const sandbox = isOpen === undefined ? await openSandbox(paths, target) : undefined;
  const reader = openGraphicReader(FETCHES_AT_ONCE, { maxBytes: options.maxSize });
  const origin = isOpen ?? sandbox?.baseUrl ?? "";
  try {
    await inTurns(gone, FETCHES_AT_ONCE, async ({ sha256, url, graphicId }) => {
      const isKept = baseUrl !== null && url !== "";
      shown.set(
        sha256,
        showFetched(await reader.fetch(isKept ? url : graphicUrl(origin, graphicId))),
      );
    });
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

async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  take: (item: T) => Promise<void>,
): Promise<void> {
  const pending = items.values();
  const worker = async () => {
    for (const item of pending) await take(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
