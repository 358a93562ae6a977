import { hasErrors } from "../manifest/diagnostic.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Picture } from "../manifest/picture.ts";
import type { CommonOptions } from "./common-options.ts";
import { readEnvironment } from "./environment.ts";
import type { Environment, HostProcess } from "./host-process.ts";
import { inspectManifest, loadManifest } from "./load-manifest.ts";
import { type Paths, resolvePaths } from "./paths.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { Terminal } from "./terminal.ts";

/** A manifest without errors and everything that decides what is done with it. */
export interface Job {
  manifest: Manifest;
  /** `pictures[i]` is what the file of `manifest.rows[i]` holds. */
  pictures: readonly Picture[];
  paths: Paths;
  target: Target;
  env: Environment;
}

/**
 * Reads and checks everything that can be checked without ledger and network. Shows what was found;
 * undefined when errors forbid going on.
 */
export async function prepareJob(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<Job | undefined> {
  const paths = resolvePaths(file, options, process.cwd);
  const env = readEnvironment(process.env, process.cwd);
  const loaded = await loadManifest(file, process.cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const { manifest, diagnostics, inspections } = await inspectManifest(loaded, limits);
  terminal.diagnostics(diagnostics);
  if (!manifest || hasErrors(diagnostics)) return undefined;
  const pictures = inspections.flatMap((found) => ("picture" in found ? [found.picture] : []));
  return { manifest, pictures, paths, env, target: resolveTarget(options, manifest.library, env) };
}
