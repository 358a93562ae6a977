import { hash } from "node:crypto";
import type { Canary, Sample } from "../execute/execute-uploads.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import type { RowWithId } from "../plan/planned-row.ts";
import { LIMITS } from "../qualtrics/exchange.ts";
import { type GraphicReader, openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { openNetwork } from "../qualtrics/network.ts";
import { compareFetched, compareGraphic } from "./compare-graphics.ts";
import type { JobOptions } from "./options.ts";
import type { JobHost } from "./watcher.ts";

/** Of a job, what fetching graphics back depends on. */
interface FetchingJob {
  options: Pick<JobOptions, "maxSize">;
  host: Pick<JobHost, "env" | "watcher">;
}

function openReader(
  { options, host }: FetchingJob,
  connections: number,
  giveUp?: AbortSignal,
  deadlineMs: number = LIMITS.baseDeadlineMs,
): GraphicReader {
  const limits = { maxBytes: options.maxSize * 2, baseDeadlineMs: deadlineMs };
  return openGraphicReader(connections, limits, { giveUp, network: openNetwork(host.env) });
}

const MOST_TOLD = 3;

/** The canary `--canary` asks for: its rows are fetched back from their URLs and must be what was sent. */
export function createCanary(job: FetchingJob, rows: number, giveUp: AbortSignal): Canary {
  const problemOf = async (reader: GraphicReader, { planned: { row, image }, url }: RowWithId) => {
    const sent = { url, sha256: image.sha256, image: async () => image };
    const { message } = await compareGraphic(reader, sent);
    return message === null ? [] : [`${row.folder}/${row.name} came back as ${message}`];
  };
  return {
    rows,
    check: async (uploaded) => {
      const reader = openReader(job, 1, giveUp);
      const problems: string[] = [];
      try {
        for (const row of uploaded) problems.push(...(await problemOf(reader, row)));
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

/** Nobody waits long for a look that is not needed. */
const LOOK_MS = 5_000;

/**
 * What is wrong with ids whose graphics can be seen, in words: another picture is there than the row's own. `others`:
 * hashes of pictures that would be a mix-up. Undefined where all is well, and where the service lets nobody see them.
 */
export async function findWrongIds(
  job: FetchingJob,
  rows: readonly RowWithId[],
  others: ReadonlySet<string>,
  giveUp?: AbortSignal,
): Promise<string | undefined> {
  const reader = openReader(job, Math.max(1, rows.length), giveUp, LOOK_MS);
  try {
    const problems = await Promise.all(rows.map((row) => lookAt(reader, row, others)));
    return problems.find((problem) => problem !== undefined);
  } finally {
    await reader.close();
  }
}

async function lookAt(
  reader: GraphicReader,
  { planned: { row, image }, graphicId, url }: RowWithId,
  others: ReadonlySet<string>,
): Promise<string | undefined> {
  const fetched = await reader.fetch(url);
  // A page that asks for a password is an answer, too.
  if (fetched.kind !== "bytes" || !contentTypeOf(Buffer.from(fetched.bytes))) return undefined;
  const { sha256 } = image;
  const { verdict, message } = await compareFetched(fetched, { sha256, image: async () => image });
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
  const look = (rows: readonly RowWithId[]) => {
    hashes ??= new Set(Array.from(uploads, ({ image }) => image.sha256));
    return findWrongIds(job, rows, hashes, giveUp);
  };
  return {
    uploaded(row, stop) {
      if (first.length < counts.first) {
        first.push(row);
        if (first.length < counts.first) return;
        looking = look(first)
          .then(
            (problem) => problem === undefined || stop(problem),
            () => {},
          )
          .then(() => {});
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
