import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Canary } from "../execute/execute-uploads.ts";
import { Pace } from "../execute/pace.ts";
import { contentTypeOf, readShape } from "../files/image-shape.ts";
import { inspectImage } from "../files/inspect-image.ts";
import type { Image } from "../manifest/image.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { RowWithId } from "../plan/planned-row.ts";
import { addressKey, type Graphic } from "../plan/recorded.ts";
import { printTarget } from "../plan/target.ts";
import {
  type FetchedGraphic,
  type GraphicReader,
  openGraphicReader,
} from "../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import { EXIT } from "../report/summary.ts";
import {
  isVerified,
  summarizeVerification,
  type Verification,
  type VerifiedGraphic,
} from "../report/verification.ts";
import { INVALID, type Job, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { type RecordedTarget, withRecord } from "./record.ts";
import { paceOf, withGraphics } from "./service.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** Fetches every graphic recorded for a manifest and compares it with what was sent. */
export async function verify(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<Verification>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { manifest, paths } = job;
  const { target, recorded } = await withRecord(job, (ledger, found) => ({
    target: found,
    recorded: ledger.recorded(found, paths.manifestKey).graphics,
  }));
  const graphics = await fetchAll(job, target, listGraphics(manifest, recorded));
  const summary = summarizeVerification(graphics);
  const exitCode = isVerified(summary) ? EXIT.done : EXIT.incomplete;
  const head = { version: 1, manifest: manifest.file, target: printTarget(target) } as const;
  return { exitCode, document: { ...head, summary, graphics } };
}

/** A recorded graphic and the line of its row, if a row still names it. */
type Listed = Graphic & { line: number | null };

/** The graphics at the manifest's addresses, in its order, then those it recorded and no longer names. */
function listGraphics({ rows }: Manifest, recorded: readonly Graphic[]): Listed[] {
  const at = new Map(recorded.map((graphic) => [addressKey(graphic), graphic]));
  const named = rows.flatMap((row): Listed[] => {
    const graphic = at.get(addressKey(row));
    at.delete(addressKey(row));
    return graphic ? [{ ...graphic, line: row.line }] : [];
  });
  const left = [...at.values()].filter(({ ownedByManifest }) => ownedByManifest);
  return [...named, ...left.map((graphic) => ({ ...graphic, line: null }))];
}

async function fetchAll(
  { options, paths, host }: OpenedManifest,
  target: RecordedTarget,
  listed: readonly Listed[],
): Promise<VerifiedGraphic[]> {
  const limits = { ...paths, maxBytes: options.maxSize };
  const imageOf = async (path: string, sha256: string) => {
    const found = await inspectImage(path, limits);
    return "image" in found && found.image.sha256 === sha256 ? found.image : undefined;
  };
  return withGraphics(paths, target, async (baseUrl) => {
    const expected = listed.map(({ line, path, name, folder, graphicId, sha256 }) => {
      // Made anew: what a ledger says may lead anywhere.
      const url = graphicUrl(baseUrl, graphicId);
      const image = () => imageOf(path, sha256);
      return { line, path, name, folder, graphicId, url, sha256, image };
    });
    const compared = await compareGraphics(expected, options, host);
    return compared.map(({ image: _, ...graphic }) => graphic);
  });
}

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

/** Fetches graphics, some at a time and at the options' pace, and says how each compares with what was sent. */
export async function compareGraphics<Graphic extends Expected>(
  graphics: readonly Graphic[],
  options: Pick<JobOptions, "concurrency" | "rate" | "maxSize">,
  { env }: Pick<JobHost, "env">,
): Promise<(Graphic & Comparison)[]> {
  const { concurrency, maxSize } = options;
  const pace = new Pace(paceOf(options), { now: Date.now, sleep: delay });
  const reader = openGraphicReader(
    concurrency,
    { maxBytes: maxSize * 2 },
    { network: openNetwork(env) },
  );
  const comparisons: (Graphic & Comparison)[] = [];
  const pending = graphics.entries();
  const worker = async () => {
    for (const [index, expected] of pending) {
      const ticket = await pace.enter();
      const compared = await compareGraphic(reader, expected);
      comparisons[index] = { ...expected, ...compared };
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

const MOST_TOLD = 3;

/** The canary `--canary` asks for: its rows are fetched back from their URLs and must be what was sent. */
export function createCanary({ options, host }: Job, rows: number, giveUp: AbortSignal): Canary {
  const problemOf = async (reader: GraphicReader, { planned: { row, image }, url }: RowWithId) => {
    const sent = { url, sha256: image.sha256, image: async () => image };
    const { message } = await compareGraphic(reader, sent);
    return message === null ? [] : [`${row.folder}/${row.name} came back as ${message}`];
  };
  return {
    rows,
    check: async (uploaded) => {
      const ways = { giveUp, network: openNetwork(host.env) };
      const reader = openGraphicReader(1, { maxBytes: options.maxSize * 2 }, ways);
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
