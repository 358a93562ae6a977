import type { ImageLimits } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import type { Action } from "../plan/action.ts";
import type { Graphic } from "../plan/recorded.ts";
import { type FetchedGraphic, openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { chooseImages, type ShownImage } from "../report/report-page.ts";
import { formatBytes } from "../report/units.ts";
import type { Job } from "./open-job.ts";
import { DEFAULT_PAGE_IMAGE_BYTES, type JobOptions, type PageOptions } from "./options.ts";
import { openSandbox } from "./service.ts";

/** Bytes by their hash (lower-case hex), as the page shows them. */
export type ShownBySha = Map<string, ShownImage>;

/** What a page shows: the plan's actions, and graphics that may have no file any more: replaced ones and orphans. */
interface WantedImages {
  actions: readonly Action[];
  gone: readonly Graphic[];
}

/**
 * The images of a page: those of the manifest from their files, the others from a file that still has their bytes,
 * else from the service where that was asked for. Nothing is sent otherwise.
 */
export async function gatherImages(
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
export function absent(why: string): ShownImage {
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
