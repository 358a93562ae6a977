import { resolvePaths } from "../cli/paths.ts";
import { inspectManifest, loadManifest } from "../cli/sheet/load-manifest.ts";
import { publishDiagnostic } from "../manifest/diagnostic.ts";
import type { Problem } from "./manifest-invalid.ts";
import { type ManifestOptions, toCommonOptions } from "./options.ts";

/** Every problem of a manifest and its pictures, by line; empty where all is well. Nothing is sent or written. */
export async function validate(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Problem[]> {
  const cwd = options.cwd ?? process.cwd();
  const common = toCommonOptions(options);
  const paths = resolvePaths(manifest, common, cwd);
  const loaded = await loadManifest(manifest, cwd, common);
  const limits = { ...paths, maxBytes: common.maxSize };
  const { diagnostics } = await inspectManifest(loaded, limits);
  return diagnostics.map(publishDiagnostic);
}
