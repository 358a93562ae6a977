import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Canary, CanaryRow } from "../execute/canary.ts";
import { Pace } from "../execute/pace.ts";
import { contentTypeOf, readShape } from "../files/image-shape.ts";
import type { Image } from "../manifest/image.ts";
import {
  type FetchedGraphic,
  type GraphicReader,
  openGraphicReader,
} from "../qualtrics/fetch-graphic.ts";
import type { VerifiedGraphic } from "../report/verification.ts";
import type { Job } from "./open-job.ts";
import type { JobOptions } from "./options.ts";

/** What a graphic's URL should give. */
export interface Expected {
  url: string;
  /** Lower-case hex. */
  sha256: string;
  /** Looks at the picture that was sent, where it can still be had: only then can a re-encoded one be told. */
  image(): Promise<Image | undefined>;
}

export type Comparison = Pick<VerifiedGraphic, "verdict" | "message">;

/** Before each further try: a graphic just uploaded may not be there at once, a busy service may recover. */
const RETRY_DELAYS_MS = [200, 1_000];

/** Fetches graphics, some at a time and at the options' pace, and says how each compares with what was sent. */
export async function compareGraphics(
  graphics: readonly Expected[],
  { concurrency, rate, maxSize }: Pick<JobOptions, "concurrency" | "rate" | "maxSize">,
): Promise<Comparison[]> {
  const pace = new Pace({ concurrency, ratePerMinute: rate }, { now: Date.now, sleep: delay });
  const reader = openGraphicReader(concurrency, { maxBytes: maxSize * 2 });
  const comparisons: Comparison[] = [];
  const pending = graphics.entries();
  const worker = async () => {
    for (const [index, expected] of pending) {
      const ticket = await pace.enter();
      const compared = await compareGraphic(reader, expected);
      comparisons[index] = compared;
      if (!ticket) continue;
      pace.note(ticket, compared.verdict === "unreachable" ? "trouble" : "good");
      pace.leave(ticket);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
    return comparisons;
  } finally {
    await reader.close();
  }
}

/** Fetches a graphic and says how it compares with what was sent. */
async function compareGraphic(reader: GraphicReader, expected: Expected): Promise<Comparison> {
  const fetched = await fetchPatiently(reader, expected.url);
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
    return { verdict: "different", message: `${bytes.length} bytes that are no picture` };
  }
  const { widthPx, heightPx, wholeness } = readShape(contentType, bytes);
  const what = `${bytes.length} bytes of ${contentType}, ${widthPx} × ${heightPx}`;
  if (wholeness !== "whole") return { verdict: "different", message: `${what}, ${wholeness}` };
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

const MOST_TOLD = 3;

/** The canary `--canary` asks for: its rows are fetched back from their URLs and must be what was sent. */
export function createCanary({ options, host }: Job, rows: number): Canary {
  const problemOf = async (reader: GraphicReader, { upload, url }: CanaryRow) => {
    const image = async () => upload.image;
    const { message } = await compareGraphic(reader, { url, sha256: upload.image.sha256, image });
    return message === null
      ? []
      : [`${upload.row.folder}/${upload.row.name} came back as ${message}`];
  };
  return {
    rows,
    check: async (uploaded) => {
      const reader = openGraphicReader(1, { maxBytes: options.maxSize * 2 });
      const problems: string[] = [];
      try {
        for (const row of uploaded) problems.push(...(await problemOf(reader, row)));
      } finally {
        await reader.close();
      }
      if (problems.length > 0) return problems.slice(0, MOST_TOLD).join("; ");
      const text = `canary: ${uploaded.length} fetched back, the same bytes`;
      host.watcher.tell({ kind: "note", text });
      return undefined;
    },
  };
}
