import { hasErrors } from "../../manifest/diagnostic.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import { type Paths, resolvePaths } from "../paths.ts";
import type { Terminal } from "../terminal.ts";
import { loadManifest } from "./load-manifest.ts";

/** A manifest without errors, and where its ledger and results lie. */
export interface OpenedManifest {
  manifest: Manifest;
  paths: Paths;
}

/**
 * Reads a manifest for commands that need its rows and none of its pictures. Shows what was found; undefined when
 * errors forbid going on.
 */
export async function openManifest(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<OpenedManifest | undefined> {
  const paths = resolvePaths(file, options, process.cwd);
  const { manifest, diagnostics } = await loadManifest(file, process.cwd, options);
  terminal.diagnostics(diagnostics);
  return manifest && !hasErrors(diagnostics) ? { manifest, paths } : undefined;
}
