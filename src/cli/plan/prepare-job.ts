import { assertReplaceable } from "../../files/replace-file.ts";
import { readKnownPictures } from "../../ledger/read-known-pictures.ts";
import { hasErrors } from "../../manifest/diagnostic.ts";
import type { Image } from "../../manifest/image.ts";
import type { FileStamp, KnownImage } from "../../manifest/known-image.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { formatShard, isInShard, type Shard } from "../../plan/shard.ts";
import { plural } from "../../report/units.ts";
import type { CommonOptions } from "../common-options.ts";
import { readEnvironment } from "../environment.ts";
import type { Environment, HostProcess } from "../host-process.ts";
import { type Paths, resolvePaths } from "../paths.ts";
import { inspectManifest, loadManifest } from "../sheet/load-manifest.ts";
import { resolveTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";

/** A manifest without errors and everything that decides what is done with it. */
export interface Job {
  manifest: Manifest;
  /** `pictures[i]` is what the file of `manifest.rows[i]` holds. */
  images: readonly Image[];
  /** `stamps[i]`: by what the file of `manifest.rows[i]` can be known again, if by anything. */
  stamps: readonly (FileStamp | undefined)[];
  paths: Paths;
  target: Target;
  env: Environment;
  /** Where the job is one shard: `manifest` then has its rows alone. */
  shard: JobShard | undefined;
}

/** The part a job is, and the manifest it is a part of. */
export interface JobShard {
  part: Shard;
  whole: Manifest;
}

/**
 * Reads and checks everything that can be checked without ledger and network. Shows what was found;
 * undefined when errors forbid going on. `meanwhile` is called once threads look into the pictures and this one
 * waits.
 */
export async function prepareJob(
  file: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
  meanwhile = () => {},
): Promise<Job | undefined> {
  const paths = resolvePaths(file, options, process.cwd);
  const env = readEnvironment(process.env, process.cwd);
  const loaded = await loadManifest(file, process.cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const shard = shardOf(options, loaded.manifest);
  // The whole manifest is checked, and of the pictures the shard's own: the others may be elsewhere.
  const own = shard ? { ...loaded, manifest: rowsOf(shard) } : loaded;
  const known = readKnownPictures(paths.ledger, paths.manifestKey);
  const inspecting = inspectManifest(own, limits, known);
  meanwhile();
  const { manifest, diagnostics, inspections } = await inspecting;
  terminal.diagnostics(diagnostics);
  if (!manifest || hasErrors(diagnostics)) return undefined;
  // Before anything is sent: the results are the first thing that everyone wants of it.
  await assertReplaceable(paths.results);
  const images = inspections.flatMap((found) => ("image" in found ? [found.image] : []));
  const stamps = inspections.map((found) => ("image" in found ? found.stamp : undefined));
  if (shard) terminal.note(describeShard(shard, manifest));
  const target = resolveTarget(options, manifest.library, env);
  return { manifest, images, stamps, paths, env, target, shard };
}

/** What a later command can know again of a job's files; each once. */
export function* knownImages({ manifest, images, stamps }: Job): Generator<KnownImage> {
  const given = new Set<string>();
  for (const [index, { path }] of manifest.rows.entries()) {
    const image = images[index];
    const stamp = stamps[index];
    if (!image || !stamp || given.has(path)) continue;
    given.add(path);
    yield { path, image, stamp };
  }
}

function shardOf({ shard }: CommonOptions, whole: Manifest | undefined): JobShard | undefined {
  return shard && whole ? { part: shard, whole } : undefined;
}

function rowsOf({ part, whole }: JobShard): Manifest {
  return { ...whole, rows: whole.rows.filter((row) => isInShard(row, part)) };
}

function describeShard({ part, whole }: JobShard, { rows }: Manifest): string {
  return `shard ${formatShard(part)}: ${rows.length} of ${plural(whole.rows.length, "row")}`;
}
