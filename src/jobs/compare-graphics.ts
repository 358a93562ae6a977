import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Pace } from "../execute/pace.ts";
import { contentTypeOf, readShape } from "../files/image-shape.ts";
import type { Image } from "../manifest/image.ts";
import {
  type FetchedGraphic,
  type GraphicReader,
  openGraphicReader,
} from "../qualtrics/fetch-graphic.ts";
import { openNetwork } from "../qualtrics/network.ts";
import type { VerifiedGraphic } from "../report/verification.ts";
import type { JobOptions } from "./options.ts";
import { paceOf } from "./service.ts";
import type { JobHost } from "./watcher.ts";

/** What a graphic's URL should give. */
interface Expected {
  url: string;
  /** Lower-case hex. */
  sha256: string;
  /** Looks at the picture that was sent, where it can still be had: only then can a re-encoded one be told. */
  image(): Promise<Image | undefined>;
}

type Comparison = Pick<VerifiedGraphic, "verdict" | "message">;

/** Before each further try: a graphic just uploaded may not be there at once, a busy service may recover. */
const RETRY_DELAYS_MS = [200, 1_000];

/** Fetches graphics at the options' pace, and says how each compares with what was sent. */
export function compareGraphics<Graphic extends Expected>(
  graphics: readonly Graphic[],
  options: FetchPace,
  host: Pick<JobHost, "env">,
): Promise<(Graphic & Comparison)[]> {
  return fetchGraphics(graphics, options, host, async (expected, fetched) => ({
    ...expected,
    ...(await compareFetched(fetched, expected)),
  }));
}

type FetchPace = Pick<JobOptions, "concurrency" | "rate" | "maxSize">;

/** Fetches graphics, some at a time and at the options' pace; gives what `use` makes of each, in their order. */
export async function fetchGraphics<Graphic extends { url: string }, Result>(
  graphics: readonly Graphic[],
  options: FetchPace,
  { env }: Pick<JobHost, "env">,
  use: (graphic: Graphic, fetched: FetchedGraphic) => Promise<Result>,
): Promise<Result[]> {
  const { concurrency, maxSize } = options;
  const pace = new Pace(paceOf(options), { now: Date.now, sleep: delay });
  const limits = { maxBytes: maxSize * 2 };
  const reader = openGraphicReader(concurrency, limits, { network: openNetwork(env) });
  const results: Result[] = [];
  const pending = graphics.entries();
  const worker = async () => {
    for (const [index, graphic] of pending) {
      const ticket = await pace.enter();
      const fetched = await fetchPatiently(reader, graphic.url);
      results[index] = await use(graphic, fetched);
      if (!ticket) continue;
      pace.note(ticket, fetched.kind === "unreachable" ? "trouble" : "good");
      pace.leave(ticket);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
    return results;
  } finally {
    await reader.close();
  }
}

/** Fetches a graphic and says how it compares with what was sent. */
export async function compareGraphic(
  reader: GraphicReader,
  expected: Expected,
): Promise<Comparison> {
  return compareFetched(await fetchPatiently(reader, expected.url), expected);
}

/** Says how what a graphic's URL gave compares with what was sent. */
export async function compareFetched(
  fetched: FetchedGraphic,
  expected: Pick<Expected, "sha256" | "image">,
): Promise<Comparison> {
  if (fetched.kind === "unreachable") return { verdict: "unreachable", message: fetched.message };
  if (fetched.kind === "missing") {
    return { verdict: "missing", message: `not there (HTTP ${fetched.httpStatus})` };
  }
  if (hash("sha256", fetched.bytes) === expected.sha256) return { verdict: "exact", message: null };
  return compareOther(Buffer.from(fetched.bytes), await expected.image());
}

async function fetchPatiently(reader: GraphicReader, url: string): Promise<FetchedGraphic> {
  for (const delayMs of RETRY_DELAYS_MS) {
    const fetched = await reader.fetch(url);
    if (fetched.kind === "bytes") return fetched;
    await delay(delayMs);
  }
  return reader.fetch(url);
}

/** Bytes that are not those sent. */
function compareOther(bytes: Buffer, sent: Image | undefined): Comparison {
  const contentType = contentTypeOf(bytes);
  if (!contentType) {
    return { verdict: "different", message: `${bytes.length} bytes that are not an image` };
  }
  const { widthPx, heightPx, flaw } = readShape(contentType, bytes);
  const what = `${bytes.length} bytes of ${contentType}, ${widthPx} × ${heightPx}`;
  if (flaw) return { verdict: "different", message: `${what}: ${flaw.why}` };
  if (!sent) {
    return {
      verdict: "different",
      message: `${what}; the file that was sent is not there to compare`,
    };
  }
  const message = `${what}; sent were ${sent.sizeBytes} bytes of ${sent.contentType}, ${sent.widthPx} × ${sent.heightPx}`;
  const isSameSize = sent.widthPx === widthPx && sent.heightPx === heightPx;
  return { verdict: isSameSize ? "re-encoded" : "different", message };
}
