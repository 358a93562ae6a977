import { contentTypeOf } from "../../files/image-shape.ts";
import { readImage } from "../../files/inspect-image.ts";
import { openGraphicReader } from "../../qualtrics/fetch-graphic.ts";
import type { ShownImage } from "../../report/html/report-page.ts";
import type { ImageLimits } from "../sheet/load-manifest.ts";

/** Bytes by their hash (lower-case hex), as the page shows them. */
export type ShownBySha = ReadonlyMap<string, ShownImage>;

/** A file that holds, or held, the bytes of that hash. */
export interface LocalPicture {
  sha256: string;
  path: string;
}

/** A graphic whose bytes are at a URL. */
export interface RemotePicture {
  sha256: string;
  url: string;
}

const READS_AT_ONCE = 8;
const FETCHES_AT_ONCE = 4;

/** Reads pictures for a page; a file that no longer has those bytes is left out. */
export async function readLocal(
  images: readonly LocalPicture[],
  limits: ImageLimits,
): Promise<ShownBySha> {
  const shown = new Map<string, ShownImage>();
  await inTurns(images, READS_AT_ONCE, async ({ sha256, path }) => {
    if (shown.has(sha256)) return;
    const read = await readImage(path, limits);
    if ("problem" in read || read.image.sha256 !== sha256) return;
    shown.set(sha256, embedded(read.image.contentType, read.bytes));
  });
  return shown;
}

/** Fetches graphics for a page, without a token; what cannot be had is shown as such. */
export async function fetchRemote(
  images: readonly RemotePicture[],
  maxBytes: number,
): Promise<ShownBySha> {
  const shown = new Map<string, ShownImage>();
  const reader = openGraphicReader(FETCHES_AT_ONCE, { maxBytes });
  try {
    await inTurns(images, FETCHES_AT_ONCE, async ({ sha256, url }) => {
      const fetched = await reader.fetch(url);
      if (fetched.kind === "bytes") shown.set(sha256, showFetched(fetched.bytes));
      else if (fetched.kind === "missing") shown.set(sha256, absent("no longer in the library"));
      else shown.set(sha256, absent(`could not be fetched: ${fetched.message}`));
    });
  } finally {
    await reader.close();
  }
  return shown;
}

/** A picture that is not in the page, and why. */
export function absent(why: string): ShownImage {
  return { kind: "absent", why };
}

/** The type is read from the bytes: a service may say anything. */
function showFetched(bytes: Uint8Array): ShownImage {
  const contentType = contentTypeOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return contentType ? embedded(contentType, bytes) : absent("its URL gives no picture");
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
