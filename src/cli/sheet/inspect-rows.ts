import { inspectStamped } from "../../files/inspect-picture.ts";
import type { ImageLimits } from "../../files/picture-place.ts";
import type { PictureThreads } from "../../files/picture-threads.ts";
import { recognizePictures } from "../../files/recognize-pictures.ts";
import type { Inspection } from "../../manifest/image.ts";
import type { KnownImage } from "../../manifest/known-image.ts";
import type { ManifestRow } from "../../manifest/manifest.ts";

/** Fewer files are looked into before a thread has started. */
const WORTH_THREADS = 200;
/** Few enough for each thread to have its share, were the pictures large. */
const PATHS_A_MESSAGE = 16;

// Reads wait on the disk and hashing on a thread pool of four; a few more keep both busy.
const INSPECTIONS_AT_ONCE = 16;

/**
 * Looks into every row's file; one that many rows name is looked into once. What is `known` of a file stands for a
 * look into it as long as the file is as it was.
 */
export async function inspectRows(
  rows: readonly ManifestRow[],
  limits: ImageLimits,
  known: Iterable<KnownImage> = [],
): Promise<Inspection[]> {
  const byPath = new Map<string, Inspection | undefined>();
  for (const { path } of rows) byPath.set(path, undefined);
  await recognizePictures(known, byPath, limits);
  const paths = [...byPath.keys()].filter((path) => byPath.get(path) === undefined);
  if (paths.length >= WORTH_THREADS) await inspectInThreads(paths, byPath, limits);
  await inspectRest(byPath, limits);
  return rows.map(({ path }) => {
    const inspection = byPath.get(path);
    if (!inspection) throw new Error(`${path} was not looked into`);
    return inspection;
  });
}

/** Fills in the files that nothing is wrong with. */
async function inspectInThreads(
  paths: readonly string[],
  byPath: Map<string, Inspection | undefined>,
  limits: ImageLimits,
): Promise<void> {
  const { PictureThreads } = await import("../../files/picture-threads.ts");
  const threads = await PictureThreads.open(limits);
  if (!threads) return;
  const groups = groupsOf(paths);
  // Two questions a thread, so that one waits while the other is looked into.
  const askers = Array.from({ length: 2 * threads.size }, () => ask(threads, groups, byPath));
  await Promise.all(askers);
  await threads.close();
}

async function ask(
  threads: PictureThreads,
  groups: Iterable<string[]>,
  byPath: Map<string, Inspection | undefined>,
): Promise<void> {
  for (const paths of groups) {
    const seen = await threads.inspect(paths);
    for (const [index, path] of paths.entries()) {
      const found = seen[index];
      if (found) byPath.set(path, found);
    }
  }
}

function* groupsOf(paths: readonly string[]): Generator<string[]> {
  for (let start = 0; start < paths.length; start += PATHS_A_MESSAGE) {
    yield paths.slice(start, start + PATHS_A_MESSAGE);
  }
}

async function inspectRest(
  byPath: Map<string, Inspection | undefined>,
  limits: ImageLimits,
): Promise<void> {
  const pending = byPath.entries();
  const worker = async () => {
    for (const [path, known] of pending) {
      if (!known) byPath.set(path, await inspectStamped(path, limits));
    }
  };
  await Promise.all(Array.from({ length: INSPECTIONS_AT_ONCE }, worker));
}
