import { setTimeout as sleep } from "node:timers/promises";
import { Pace } from "../../execute/pace.ts";
import { inspectImage } from "../../files/inspect-image.ts";
import { compareGraphic } from "../../jobs/compare-graphic.ts";
import { type RecordedTarget, readRecord, recordedTarget } from "../../jobs/job-ledger.ts";
import { type OpenedManifest, openManifest } from "../../jobs/open-job.ts";
import type { Paths } from "../../jobs/paths.ts";
import { openSandbox } from "../../jobs/service.ts";
import { addressKey, type Graphic } from "../../plan/recorded.ts";
import { type GraphicReader, openGraphicReader } from "../../qualtrics/fetch-graphic.ts";
import { graphicUrl, parseHost } from "../../qualtrics/host.ts";
import { formatVerification } from "../../render/record-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import {
  isVerified,
  summarizeVerification,
  type Verification,
  type VerifiedGraphic,
} from "../../report/verification.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";

/** A graphic to be fetched, and the row it belongs to. */
interface Candidate {
  graphic: Graphic;
  line: number | null;
}

/** Fetches every graphic recorded for a manifest and compares it with what was sent; gives the exit code. */
export async function verifyGraphics(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, jobHost(process, terminal, options));
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  const { target, candidates } = findCandidates(opened);
  const graphics = await fetchAll(candidates, target, paths, options);
  const document: Verification = {
    version: 1,
    manifest: manifest.file,
    target: { host: target.host, library: target.library },
    summary: summarizeVerification(graphics),
    graphics,
  };
  terminal.product(
    options.json
      ? JSON.stringify(document, null, 2)
      : formatVerification(document, terminal.outStyle),
  );
  return isVerified(document.summary) ? EXIT.done : EXIT.incomplete;
}

/** The graphics at the manifest's addresses, in its order, then those it recorded and no longer names. */
function findCandidates(opened: OpenedManifest): {
  target: RecordedTarget;
  candidates: Candidate[];
} {
  const { manifest, paths, host } = opened;
  const ledger = readRecord(paths, host.cwd);
  try {
    const target = recordedTarget(opened, ledger);
    const { graphics } = ledger.recorded(target, paths.manifestKey);
    const at = new Map(graphics.map((graphic) => [addressKey(graphic), graphic]));
    const named = manifest.rows.flatMap((row): Candidate[] => {
      const graphic = at.get(addressKey(row));
      at.delete(addressKey(row));
      return graphic ? [{ graphic, line: row.line }] : [];
    });
    const left = [...at.values()].filter(({ ownedByManifest }) => ownedByManifest);
    return { target, candidates: [...named, ...left.map((graphic) => ({ graphic, line: null }))] };
  } finally {
    ledger.close();
  }
}

async function fetchAll(
  candidates: readonly Candidate[],
  target: RecordedTarget,
  paths: Paths,
  options: CommonOptions,
): Promise<VerifiedGraphic[]> {
  const pace = new Pace(
    { concurrency: options.concurrency, ratePerMinute: options.rate },
    { now: Date.now, sleep },
  );
  const service = await openPictures(target, paths);
  const reader = openGraphicReader(options.concurrency, { maxBytes: options.maxSize * 2 });
  const limits = { ...paths, maxBytes: options.maxSize };
  const verified: VerifiedGraphic[] = [];
  const pending = candidates.entries();
  const worker = async () => {
    for (const [index, candidate] of pending) {
      const ticket = await pace.enter();
      const url = service.urlOf(candidate.graphic);
      const found = await verify(reader, candidate, url, limits);
      verified[index] = found;
      if (!ticket) continue;
      pace.note(ticket, found.verdict === "unreachable" ? "trouble" : "good");
      pace.leave(ticket);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, worker));
    return verified;
  } finally {
    await reader.close();
    await service.close();
  }
}

async function verify(
  reader: GraphicReader,
  { graphic, line }: Candidate,
  url: string,
  limits: Parameters<typeof inspectImage>[1],
): Promise<VerifiedGraphic> {
  const { path, name, folder, graphicId, sha256 } = graphic;
  const image = async () => {
    const found = await inspectImage(path, limits);
    return "image" in found && found.image.sha256 === sha256 ? found.image : undefined;
  };
  const comparison = await compareGraphic(reader, { url, sha256, image });
  return { line, path, name, folder, graphicId, url, sha256, ...comparison };
}

/** Where the graphics can be seen; the built-in sandbox listens elsewhere each time. */
async function openPictures(target: RecordedTarget, paths: Paths) {
  if (target.service === "sandbox") {
    const { baseUrl, close } = await openSandbox(paths, target);
    const urlOf = ({ graphicId }: Graphic) => graphicUrl(baseUrl, graphicId);
    return { urlOf, close };
  }
  const { baseUrl } = parseHost(target.host);
  const urlOf = ({ url, graphicId }: Graphic) => url || graphicUrl(baseUrl, graphicId);
  return { urlOf, close: async () => {} };
}
