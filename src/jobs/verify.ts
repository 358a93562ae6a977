import { inspectImage } from "../files/inspect-image.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { printTarget } from "../plan/printed-fields.ts";
import { addressKey, type Graphic } from "../plan/recorded.ts";
import { graphicUrl } from "../plan/service.ts";
import { EXIT } from "../report/summary.ts";
import {
  isVerified,
  summarizeVerification,
  type Verification,
  type VerifiedGraphic,
} from "../report/verification.ts";
import { UserError } from "../user-error.ts";
import { compareGraphics } from "./compare-graphics.ts";
import { INVALID, type OpenedManifest, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { imageLimits } from "./paths.ts";
import { withRecord } from "./record.ts";
import type { RecordedTarget } from "./results-file.ts";
import { withGraphics } from "./service.ts";
import { isSameService } from "./token.ts";
import { readUserSettings } from "./user-settings.ts";
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
  refuseStrangeHost(job, target);
  const graphics = await fetchAll(job, target, listGraphics(manifest, recorded));
  const summary = summarizeVerification(graphics);
  const exitCode = isVerified(summary) ? EXIT.done : EXIT.incomplete;
  const head = { version: 1, manifest: manifest.file, target: printTarget(target) } as const;
  return { exitCode, document: { ...head, summary, graphics } };
}

/** A ledger alone does not say whom this computer asks: it comes from whoever could write it. */
function refuseStrangeHost({ options, host }: OpenedManifest, target: RecordedTarget): void {
  if (target.service === "qualtrics.com" || target.service === "sandbox") return;
  const named = readUserSettings(host).layers.flatMap(({ source, values }) =>
    source === ".env" ? [] : (values.host ?? []),
  );
  if ([options.host ?? [], named].flat().some((one) => isSameService(one, target))) return;
  const message = `the ledger leads to ${target.host}, which you did not name yourself`;
  throw new UserError("HOST_NOT_TRUSTED", message, {
    hint: `nothing was fetched; if your graphics are there, give --host ${target.host} and --library ${target.library}`,
  });
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
  const limits = imageLimits(paths, options);
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
