import { hash } from "node:crypto";
import { readManifestBytes } from "../../files/read-manifest.ts";
import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { Action } from "../../plan/action.ts";
import { addressKey } from "../../plan/recorded.ts";
import { readRecorded } from "./plan-job.ts";
import type { Job } from "./prepare-job.ts";

/** Of the manifest's bytes, lower-case hex. */
export async function digestManifest({ paths }: Job): Promise<string> {
  return hash("sha256", await readManifestBytes(paths.manifest));
}

/** One hash over what is recorded for the manifest, and by anyone at the addresses the plan speaks of. */
export function digestRecorded(
  job: Job,
  ledger: LedgerView | undefined,
  actions: readonly Action[],
): string {
  const spokenOf = new Set(actions.map(addressKey));
  const { graphics, unknowns } = readRecorded(job, ledger);
  const lines = [
    ...graphics
      .filter((graphic) => graphic.ownedByManifest || spokenOf.has(addressKey(graphic)))
      .map(({ folder, name, graphicId, sha256 }) => [folder, name, sha256, graphicId]),
    ...unknowns
      .filter((unknown) => unknown.ownedByManifest || spokenOf.has(addressKey(unknown)))
      .map(({ folder, name, sha256 }) => [folder, name, sha256]),
  ].map((line) => JSON.stringify(line));
  return hash("sha256", lines.sort().join("\n"));
}
