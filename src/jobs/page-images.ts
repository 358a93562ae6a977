import { type MakeThumbnail, openThumbnails, type Thumbnail } from "../files/convert-image.ts";
import type { ImageLimits } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import type { Graphic } from "../plan/recorded.ts";
import { graphicUrl } from "../plan/service.ts";
import type { FetchedGraphic } from "../qualtrics/fetch-graphic.ts";
import { embeddedChars, type ShownImage } from "../report/report-page.ts";
import { formatBytes } from "../report/units.ts";
import { fetchGraphics } from "./compare-graphics.ts";
import type { Job } from "./open-job.ts";
import { DEFAULT_PAGE_IMAGE_BYTES, type JobOptions, type PageOptions } from "./options.ts";
import { openSandbox } from "./service.ts";

/** Bytes by their hash (lower-case hex), as the page shows them. */
export type ShownBySha = Map<string, ShownImage>;

/** An image of at most so many bytes is in the page as it is: a thumbnail would hardly be smaller. */
const WHOLE_BYTES = 16 * 1024;

/** A file of which the page shows the image, if it still has these bytes. */
interface ShownFile {
  path: string;
  sha256: string;
  bytes: number;
}

/**
 * Images as far as a page has room for them, the smallest first, so that as many as possible are seen: thumbnails where
 * sharp is installed, the files as they are without. One that stands in several rows costs as often. Left out are those
 * whose file is gone, or has other bytes.
 */
export async function embedFiles(
  files: readonly ShownFile[],
  { htmlPictures }: PageOptions,
  limits: ImageLimits,
): Promise<ShownBySha> {
  const shown: ShownBySha = new Map();
  let leftChars = htmlPictures ?? DEFAULT_PAGE_IMAGE_BYTES;
  const isForThumbnails = leftChars > 0 && files.some(({ bytes }) => bytes > WHOLE_BYTES);
  let makeThumbnail = isForThumbnails ? await openThumbnails() : undefined;
  const bySize = [...groupBySha(files)].sort(([, [a]], [, [b]]) => a.bytes - b.bytes);
  for (const [sha256, copies] of bySize) {
    const [{ bytes }] = copies;
    const charsOf = (sizeBytes: number) => copies.length * embeddedChars(sizeBytes);
    const noRoom = absent(
      `${formatBytes(bytes)}: left out to keep the page small (--html-pictures)`,
    );
    if (!makeThumbnail && charsOf(bytes) > leftChars) {
      shown.set(sha256, noRoom);
      continue;
    }
    const image = await readFirst(copies, limits, makeThumbnail);
    if (!image) continue;
    const chars = charsOf(image.bytes.length);
    shown.set(sha256, chars > leftChars ? noRoom : embedded(image));
    if (chars <= leftChars) leftChars -= chars;
    // The page is full: of larger files there are hardly smaller thumbnails.
    else if (embeddedChars(image.bytes.length) > leftChars) makeThumbnail = undefined;
  }
  return shown;
}

type Copies = [ShownFile, ...ShownFile[]];

/** The files that have the same bytes, by their hash. */
function groupBySha(files: readonly ShownFile[]): ReadonlyMap<string, Copies> {
  const groups = new Map<string, Copies>();
  for (const file of files) {
    const group = groups.get(file.sha256);
    if (group) group.push(file);
    else groups.set(file.sha256, [file]);
  }
  return groups;
}

/** The image of the first of some files that still has its bytes. */
async function readFirst(
  copies: Copies,
  limits: ImageLimits,
  makeThumbnail: MakeThumbnail | undefined,
): Promise<Thumbnail | undefined> {
  for (const { path, sha256 } of copies) {
    const read = await readImage(path, limits);
    if ("problem" in read || read.image.sha256 !== sha256) continue;
    const { contentType } = read.image;
    return shrink({ bytes: read.bytes, contentType }, makeThumbnail);
  }
  return undefined;
}

/** An image, or its thumbnail where that is smaller and can be made. */
async function shrink(
  image: Thumbnail,
  makeThumbnail: MakeThumbnail | undefined,
): Promise<Thumbnail> {
  if (!makeThumbnail || image.bytes.length <= WHOLE_BYTES) return image;
  const small = await makeThumbnail(image.bytes).catch(() => image);
  return small.bytes.length < image.bytes.length ? small : image;
}

/** An image that is not in the page, and why. */
export function absent(why: string): ShownImage {
  return { kind: "absent", why };
}

/**
 * Fetches the images of graphics without a file: to see what was replaced. The embedded sandbox is part of this
 * process, so asking it sends nothing.
 */
export async function fetchOldImages(
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
  const origin = isOpen ?? sandbox?.baseUrl ?? "";
  const makeThumbnail = await openThumbnails();
  // Made anew: what a ledger says may lead anywhere.
  const old = gone.map(({ sha256, graphicId }) => ({ sha256, url: graphicUrl(origin, graphicId) }));
  try {
    await fetchGraphics(old, { ...options, isOnce: true }, host, async ({ sha256 }, fetched) => {
      shown.set(sha256, await showFetched(fetched, makeThumbnail));
    });
  } finally {
    await sandbox?.close();
  }
}

/** The type is read from the bytes: a service may say anything. */
async function showFetched(
  fetched: FetchedGraphic,
  makeThumbnail: MakeThumbnail | undefined,
): Promise<ShownImage> {
  if (fetched.kind === "missing") return absent("no longer in the library");
  if (fetched.kind !== "bytes") return absent(`could not be fetched: ${fetched.message}`);
  const { buffer, byteOffset, length } = fetched.bytes;
  const bytes = Buffer.from(buffer, byteOffset, length);
  const contentType = contentTypeOf(bytes);
  if (!contentType) return absent("its URL gives no image");
  return embedded(await shrink({ bytes, contentType }, makeThumbnail));
}

function embedded({ contentType, bytes }: Thumbnail): ShownImage {
  return { kind: "embedded", contentType, base64: bytes.toString("base64") };
}
