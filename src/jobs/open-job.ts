import { assertReplaceable } from "../files/replace-file.ts";
import { readKnownImages } from "../ledger/known-images.ts";
import { hasErrors } from "../manifest/diagnostic.ts";
import type { FileStamp, Image, KnownImage } from "../manifest/image.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { formatShard, isInShard, type Shard } from "../plan/shard.ts";
import type { Target } from "../plan/target.ts";
import { EXIT } from "../report/exit-code.ts";
import { plural } from "../report/units.ts";
import type { JobOptions } from "./options.ts";
import { type Paths, resolvePaths } from "./paths.ts";
import { readEnvironment, resolveTarget } from "./settings.ts";
import { inspectManifest, loadManifest } from "./validate.ts";
import type { Environment, JobHost, JobResult } from "./watcher.ts";

/** A manifest without errors, for jobs that need its rows and none of its images. */
export interface OpenedManifest<Options extends JobOptions = JobOptions> {
  options: Options;
  host: JobHost;
  paths: Paths;
  manifest: Manifest;
}

/** A manifest and images without errors, and everything that decides what is done with them. */
export interface Job<Options extends JobOptions = JobOptions> extends OpenedManifest<Options> {
  /** `images[i]` is what the file of `manifest.rows[i]` holds. */
  images: readonly Image[];
  /** `stamps[i]`: by what the file of `manifest.rows[i]` can be known again, if by anything. */
  stamps: readonly (FileStamp | undefined)[];
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

/** Of a job whose manifest has errors: they were told. */
export const INVALID: JobResult<never> = { exitCode: EXIT.usage, document: undefined };

/** Reads and checks a manifest and tells what was found; undefined where errors forbid going on. */
export async function openManifest<Options extends JobOptions>(
  file: string,
  options: Options,
  host: JobHost,
): Promise<OpenedManifest<Options> | undefined> {
  const paths = resolvePaths(file, options, host.cwd);
  const { manifest, diagnostics } = await loadManifest(file, host.cwd, options);
  host.watcher.tell({ kind: "diagnostics", found: diagnostics });
  return manifest && !hasErrors(diagnostics) ? { options, host, paths, manifest } : undefined;
}

/**
 * Reads and checks everything that can be checked without ledger and network, and tells what was found; undefined
 * where errors forbid going on. The ledger is opened by what the job means to do with it, see job-ledger.ts.
 */
export async function openJob<Options extends JobOptions>(
  file: string,
  options: Options,
  host: JobHost,
): Promise<Job<Options> | undefined> {
  const paths = resolvePaths(file, options, host.cwd);
  const env = readEnvironment(host.env, host.cwd);
  const loaded = await loadManifest(file, host.cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const shard = shardOf(options, loaded.manifest);
  // The whole manifest is checked, and of the images the shard's own: the others may be elsewhere.
  const own = shard ? { ...loaded, manifest: rowsOf(shard) } : loaded;
  const known = readKnownImages(paths.ledger, paths.manifestKey);
  const { manifest, diagnostics, inspections } = await inspectManifest(own, limits, known);
  host.watcher.tell({ kind: "diagnostics", found: diagnostics });
  if (!manifest || hasErrors(diagnostics)) return undefined;
  // Before anything is sent: the results are the first thing that everyone wants of it.
  await assertReplaceable(paths.results);
  const images = inspections.flatMap((found) => ("image" in found ? [found.image] : []));
  const stamps = inspections.map((found) => ("image" in found ? found.stamp : undefined));
  if (shard) host.watcher.tell({ kind: "note", text: describeShard(shard, manifest) });
  const target = resolveTarget(options, manifest.library, env);
  return { options, host, paths, manifest, images, stamps, target, env, shard };
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

function shardOf({ shard }: JobOptions, whole: Manifest | undefined): JobShard | undefined {
  return shard && whole ? { part: shard, whole } : undefined;
}

function rowsOf({ part, whole }: JobShard): Manifest {
  return { ...whole, rows: whole.rows.filter((row) => isInShard(row, part)) };
}

function describeShard({ part, whole }: JobShard, { rows }: Manifest): string {
  return `shard ${formatShard(part)}: ${rows.length} of ${plural(whole.rows.length, "row")}`;
}
