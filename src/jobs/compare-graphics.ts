import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Canary, Sample } from "../execute/execute-uploads.ts";
import { Pace } from "../execute/pace.ts";
import { contentTypeOf, readShape } from "../files/image-shape.ts";
import type { Image } from "../manifest/image.ts";
import type { RowWithId } from "../plan/planned-row.ts";
import type { Limits } from "../qualtrics/exchange.ts";
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

interface FetchPace extends Pick<JobOptions, "concurrency" | "rate" | "maxSize"> {
  /** Whether each is asked for only once: what was uploaded long ago is there, or gone. */
  isOnce?: boolean;
}

/** Fetches graphics, some at a time and at the options' pace; gives what `use` makes of each, in their order. */
export async function fetchGraphics<Graphic extends { url: string }, Result>(
  graphics: readonly Graphic[],
  options: FetchPace,
  host: Pick<JobHost, "env">,
  use: (graphic: Graphic, fetched: FetchedGraphic) => Promise<Result>,
): Promise<Result[]> {
  const { concurrency, isOnce } = options;
  const pace = new Pace(paceOf(options), { now: Date.now, sleep: delay });
  const reader = openReader({ options, host }, concurrency);
  const results: Result[] = [];
  const pending = graphics.entries();
  const worker = async () => {
    for (const [index, graphic] of pending) {
      const ticket = await pace.enter();
      const fetched = await (isOnce
        ? reader.fetch(graphic.url)
        : fetchPatiently(reader, graphic.url));
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

/** Says how what a graphic's URL gave compares with what was sent. */
async function compareFetched(
  fetched: FetchedGraphic,
  expected: Omit<Expected, "url">,
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
  const different = (message: string): Comparison => ({ verdict: "different", message });
  const contentType = contentTypeOf(bytes);
  if (!contentType) return different(`${bytes.length} bytes that are not an image`);
  const { widthPx, heightPx, flaw } = readShape(contentType, bytes);
  const what = `${bytes.length} bytes of ${contentType}, ${widthPx} × ${heightPx}`;
  if (flaw) return different(`${what}: ${flaw.why}`);
  if (!sent) return different(`${what}; the file that was sent is not there to compare`);
  const message = `${what}; sent were ${sent.sizeBytes} bytes of ${sent.contentType}, ${sent.widthPx} × ${sent.heightPx}`;
  const isSameSize = sent.widthPx === widthPx && sent.heightPx === heightPx;
  return { verdict: isSameSize ? "re-encoded" : "different", message };
}

/** Of a job, what fetching graphics back depends on. */
interface FetchingJob {
  options: Pick<JobOptions, "maxSize">;
  host: Pick<JobHost, "env">;
}

function openReader(
  { options, host }: FetchingJob,
  connections: number,
  giveUp?: AbortSignal,
  limits: Partial<Limits> = {},
): GraphicReader {
  const bounds = { ...limits, maxBytes: options.maxSize * 2 };
  return openGraphicReader(connections, bounds, { giveUp, network: openNetwork(host.env) });
}

const MOST_TOLD = 3;

/** The canary `--canary` asks for: its rows are fetched back from their URLs and must be what was sent. */
export function createCanary(
  job: FetchingJob & { host: Pick<JobHost, "watcher"> },
  rows: number,
  giveUp: AbortSignal,
): Canary {
  return {
    rows,
    check: async (uploaded) => {
      const reader = openReader(job, 1, giveUp);
      const problems: string[] = [];
      try {
        for (const { planned, url } of uploaded) {
          const { row, image } = planned;
          const { message } = await compareFetched(await fetchPatiently(reader, url), sent(image));
          if (message !== null) problems.push(`${row.folder}/${row.name} came back as ${message}`);
        }
      } finally {
        await reader.close();
      }
      if (problems.length > 0) return problems.slice(0, MOST_TOLD).join("; ");
      const text = `canary: ${uploaded.length} fetched back, the same bytes`;
      job.host.watcher.tell({ kind: "note", text });
      return undefined;
    },
  };
}

function sent(image: Image): Omit<Expected, "url"> {
  return { sha256: image.sha256, image: async () => image };
}

/** This look is optional, so it may not take long. */
const LOOK_MS = 5_000;

/**
 * What is wrong with an id whose graphic can be seen, in words: another picture is there than the row's own. `others`:
 * hashes of pictures that would be a mix-up. Undefined where all is well, and where the service does not show the graphic.
 */
async function lookAt(
  reader: GraphicReader,
  { planned: { row, image }, graphicId, url }: RowWithId,
  others: ReadonlySet<string>,
): Promise<string | undefined> {
  const fetched = await reader.fetch(url);
  // A page that asks for a password is an answer, too.
  if (fetched.kind !== "bytes" || !contentTypeOf(Buffer.from(fetched.bytes))) return undefined;
  const { verdict, message } = await compareFetched(fetched, sent(image));
  const isMixUp = verdict !== "exact" && others.has(hash("sha256", fetched.bytes));
  if (verdict !== "different" && !isMixUp) return undefined;
  const what = isMixUp ? "another image of this manifest" : message;
  return `${row.folder}/${row.name} has the id ${graphicId}, and there is ${what}`;
}

/** Looks at the first and the last few uploads of a run in the library. */
export function createSample(
  job: FetchingJob,
  uploads: Iterable<{ image: { sha256: string } }>,
  counts: { first: number; last: number },
  giveUp: AbortSignal,
): Sample {
  let hashes: ReadonlySet<string> | undefined;
  const first: RowWithId[] = [];
  const last: RowWithId[] = [];
  let looking: Promise<void> | undefined;
  const look = async (rows: readonly RowWithId[]) => {
    const others = hashes ?? new Set(Array.from(uploads, ({ image }) => image.sha256));
    hashes = others;
    const reader = openReader(job, Math.max(1, rows.length), giveUp, { baseDeadlineMs: LOOK_MS });
    try {
      const problems = await Promise.all(rows.map((row) => lookAt(reader, row, others)));
      return problems.find((problem) => problem !== undefined);
    } finally {
      await reader.close();
    }
  };
  return {
    uploaded(row, stop) {
      if (first.length < counts.first) {
        first.push(row);
        if (first.length < counts.first) return;
        looking = look(first).then(
          (problem) => {
            if (problem !== undefined) stop(problem);
          },
          () => {},
        );
        return;
      }
      last.push(row);
      if (last.length > counts.last) last.shift();
    },
    async finish(isWhole) {
      await looking;
      if (!isWhole) return undefined;
      return look(first.length < counts.first ? first : last);
    },
  };
}
