import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Inspection, KnownImage } from "../manifest/image.ts";
import { type ImageLimits, locateImage } from "./image-place.ts";
import { inspectImage } from "./inspect-image.ts";

/** Reads hold up everything else, Ctrl-C too, for no longer than this and one image. */
const TURN_MS = 50;

/**
 * Looks into files, each once; the answers are in the order of the paths. What is `known` of a file stands for a look
 * into it as long as the file is as it was.
 */
export async function inspectImages(
  paths: readonly string[],
  limits: ImageLimits,
  known: Iterable<KnownImage> = [],
): Promise<Inspection[]> {
  const knownAt = new Map(Array.from(known, (one) => [one.path, one]));
  const folders: RealFolders = new Map();
  const byPath = new Map<string, Inspection>();
  const inspections: Inspection[] = [];
  let turnEndsMs = Date.now() + TURN_MS;
  for (const path of paths) {
    const found =
      byPath.get(path) ??
      recognizeImage(knownAt.get(path), limits, folders) ??
      (await inspectImage(path, limits));
    byPath.set(path, found);
    inspections.push(found);
    if (Date.now() < turnEndsMs) continue;
    await setImmediate();
    turnEndsMs = Date.now() + TURN_MS;
  }
  return inspections;
}

/** Where folders really lie, by their paths in a manifest; it serves a moment. Undefined: outside the root. */
type RealFolders = Map<string, string | undefined>;

/**
 * What is known of a file, where it is as it was: size, mtime, ctime and inode are the same, it is no link, and it may
 * still be read (`ImageLimits`). Undefined where anything is different: whoever looks into it says what.
 */
export function recognizeImage(
  known: KnownImage | undefined,
  limits: ImageLimits,
  folders: RealFolders,
): Inspection | undefined {
  if (!known || known.image.sizeBytes > limits.maxBytes) return undefined;
  const { path, image, stamp } = known;
  try {
    const folder = dirname(path);
    if (!folders.has(folder)) folders.set(folder, locateImage(folder, limits));
    const place = folders.get(folder);
    const stats = place === undefined ? undefined : lstatSync(join(place, basename(path)));
    const isUnchanged =
      stats?.isFile() &&
      stats.size === image.sizeBytes &&
      stats.mtimeMs === stamp.mtimeMs &&
      stats.ctimeMs === stamp.ctimeMs &&
      stats.ino === stamp.inode;
    return isUnchanged ? { image, stamp } : undefined;
  } catch {
    return undefined;
  }
}
