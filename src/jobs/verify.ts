import { inspectImage } from "../files/inspect-image.ts";
import { addressKey, type Graphic } from "../plan/recorded.ts";
import { graphicUrl } from "../qualtrics/host.ts";
import { EXIT } from "../report/exit-code.ts";
import {
  isVerified,
  summarizeVerification,
  type Verification,
  type VerifiedGraphic,
} from "../report/verification.ts";
import { compareGraphics } from "./compare-graphics.ts";
import { type RecordedTarget, readRecord, recordedTarget } from "./job-ledger.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { withGraphics } from "./service.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** A graphic to be fetched, and the row it belongs to. */
interface Candidate {
  graphic: Graphic;
  line: number | null;
}

/** Fetches every graphic recorded for a manifest and compares it with what was sent. */
export async function verify(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<Verification>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { target, candidates } = findCandidates(job);
  const graphics = await fetchAll(job, target, candidates);
  const summary = summarizeVerification(graphics);
  const names = { host: target.host, library: target.library };
  return {
    exitCode: isVerified(summary) ? EXIT.done : EXIT.incomplete,
    document: { version: 1, manifest: job.manifest.file, target: names, summary, graphics },
  };
}

/** The graphics at the manifest's addresses, in its order, then those it recorded and no longer names. */
function findCandidates(job: OpenedManifest): { target: RecordedTarget; candidates: Candidate[] } {
  const { manifest, paths, host } = job;
  const ledger = readRecord(paths, host.cwd);
  try {
    const target = recordedTarget(job, ledger);
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
  { options, paths }: OpenedManifest,
  target: RecordedTarget,
  candidates: readonly Candidate[],
): Promise<VerifiedGraphic[]> {
  const limits = { ...paths, maxBytes: options.maxSize };
  const imageOf = async ({ path, sha256 }: Graphic) => {
    const found = await inspectImage(path, limits);
    return "image" in found && found.image.sha256 === sha256 ? found.image : undefined;
  };
  return withGraphics(paths, target, async (baseUrl) => {
    const urlOf = ({ url, graphicId }: Graphic) =>
      target.service === "sandbox"
        ? graphicUrl(baseUrl, graphicId)
        : url || graphicUrl(baseUrl, graphicId);
    const expected = candidates.map(({ graphic }) => ({
      url: urlOf(graphic),
      sha256: graphic.sha256,
      image: () => imageOf(graphic),
    }));
    const comparisons = await compareGraphics(expected, options);
    return candidates.flatMap(({ graphic, line }, index) => {
      const { path, name, folder, graphicId, sha256 } = graphic;
      const comparison = comparisons[index];
      if (!comparison) return [];
      return { line, path, name, folder, graphicId, url: urlOf(graphic), sha256, ...comparison };
    });
  });
}
