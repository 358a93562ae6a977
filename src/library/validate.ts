import { inspectManifest, loadManifest } from "../jobs/load-manifest.ts";
import { resolvePaths } from "../jobs/paths.ts";
import { publishDiagnostic } from "../manifest/diagnostic.ts";
import type { Problem } from "./manifest-invalid.ts";
import { type ManifestOptions, toJobOptions } from "./options.ts";

/** Every problem of a manifest and its pictures, by line; empty where all is well. Nothing is sent or written. */
export async function validate(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Problem[]> {
  const cwd = options.cwd ?? process.cwd();
  const jobOptions = toJobOptions(options);
  const paths = resolvePaths(manifest, jobOptions, cwd);
  const loaded = await loadManifest(manifest, cwd, jobOptions);
  const limits = { ...paths, maxBytes: jobOptions.maxSize };
  const { diagnostics } = await inspectManifest(loaded, limits);
  return diagnostics.map(publishDiagnostic);
}
