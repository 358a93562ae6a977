import type { ImageLimits } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { readImage } from "../files/inspect-image.ts";
import type { Action } from "../plan/action.ts";
import type { Plan } from "../plan/build-plan.ts";
import type { Graphic } from "../plan/recorded.ts";
import { openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { choosePictures } from "../report/html/choose-pictures.ts";
import type { ShownImage } from "../report/html/report-page.ts";
import { formatBytes } from "../report/units.ts";
import type { Job } from "./open-job.ts";
import { DEFAULT_PAGE_IMAGE_BYTES, type JobOptions, type PageOptions } from "./options.ts";
import { openSandbox } from "./service.ts";

/** What a page is made from. The ledger is read at once: after a run it no longer has what was replaced. */
export interface PageSource {
  job: Job<JobOptions & PageOptions>;
  plan: Plan;
  /** The recorded graphics by id. */
  recorded: ReadonlyMap<string, Graphic>;
}

/** Bytes by their hash (lower-case hex), as the page shows them. */
export type ShownBySha = ReadonlyMap<string, ShownImage>;

/**
 * The pictures of a page: those of the manifest from their files, the others (replaced ones, orphans) from a
 * file that still has their bytes, else from the service where that was asked for. Nothing is sent otherwise.
 */
export async function gatherImages(
  source: PageSource,
  olds: readonly Graphic[],
  sandboxUrl: string | undefined,
): Promise<ShownBySha> {
  const { job, plan } = source;
  const { options } = job;
  const wanted = [...plan.actions, ...olds];
  const chosen = choosePictures(
    wanted.map(({ sha256, bytes }) => ({ sha256, sizeBytes: bytes })),
    options.htmlPictures ?? DEFAULT_PAGE_IMAGE_BYTES,
  );
  const limits = { ...job.paths, maxBytes: options.maxSize };
  const local = await readLocal(
    wanted.filter(({ sha256 }) => chosen.has(sha256)),
    limits,
  );
  const gone = [...orphansOf(plan.actions, source), ...olds].filter(
    ({ sha256 }) => chosen.has(sha256) && !local.has(sha256),
  );
  const remote = await fetchGone(source, gone, sandboxUrl);
  return new Map([...leftOut(wanted, chosen), ...local, ...remote]);
}

function orphansOf(actions: readonly Action[], { recorded }: PageSource): Graphic[] {
  return actions.flatMap(({ action, graphicId }) =>
    action === "orphan" ? (recorded.get(graphicId ?? "") ?? []) : [],
  );
}

function leftOut(
  wanted: readonly { sha256: string; bytes: number }[],
  chosen: ReadonlySet<string>,
): [string, ShownImage][] {
  return wanted
    .filter(({ sha256 }) => !chosen.has(sha256))
    .map(({ sha256, bytes }) => [
      sha256,
      absent(`${formatBytes(bytes)}: left out to keep the page small (--html-pictures)`),
    ]);
}

/** The embedded sandbox is part of this process, so asking it sends nothing. */
async function fetchGone(
  { job }: PageSource,
  gone: readonly Graphic[],
  sandboxUrl: string | undefined,
): Promise<ShownBySha> {
  const { options, target, paths } = job;
  const { baseUrl } = target;
  if (gone.length === 0) return new Map();
  if (baseUrl !== null) {
    if (options.htmlOld !== true) return notAsked(gone);
    return fetchRemote(
      gone.map(({ sha256, url, graphicId }) => ({
        sha256,
        url: url || graphicUrl(baseUrl, graphicId),
      })),
      options.maxSize,
    );
  }
  const fetchAt = (origin: string) =>
    fetchRemote(
      gone.map(({ sha256, graphicId }) => ({ sha256, url: graphicUrl(origin, graphicId) })),
      options.maxSize,
    );
  if (sandboxUrl !== undefined) return fetchAt(sandboxUrl);
  const sandbox = await openSandbox(paths, target);
  try {
    return await fetchAt(sandbox.baseUrl);
  } finally {
    await sandbox.close();
  }
}

function notAsked(gone: readonly Graphic[]): ShownBySha {
  return new Map(
    gone.map(({ sha256 }) => [sha256, absent("not kept here (--html-old fetches it)")]),
  );
}

/** A file that holds, or held, the bytes of that hash. */
interface LocalImage {
  sha256: string;
  path: string;
}

/** A graphic whose bytes are at a URL. */
interface RemoteImage {
  sha256: string;
  url: string;
}

const READS_AT_ONCE = 8;
const FETCHES_AT_ONCE = 4;

/** Reads pictures for a page; a file that no longer has those bytes is left out. */
async function readLocal(images: readonly LocalImage[], limits: ImageLimits): Promise<ShownBySha> {
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
async function fetchRemote(images: readonly RemoteImage[], maxBytes: number): Promise<ShownBySha> {
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
