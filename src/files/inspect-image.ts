import { hash } from "node:crypto";
import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { FileStamp, Image, ImageProblem, Inspection, KnownImage } from "../manifest/image.ts";
import { type ImageLimits, isReserved, locateImage } from "./image-place.ts";
import {
  outsideProblem,
  reservedProblem,
  shapeProblem,
  systemProblem,
  typeProblem,
  unreadProblem,
} from "./image-problem.ts";
import { contentTypeOf, readShape } from "./image-shape.ts";
import { expectImages } from "./meant-file.ts";
import { type ReadFile, readRegularFile } from "./read-file.ts";

type Problem = { problem: ImageProblem };
type MemoryFor = (sizeBytes: number) => Buffer<ArrayBuffer>;

/** What a file is by its own bytes, with the stamp by which it can be known again, or why it cannot be uploaded. */
export async function inspectImage(path: string, limits: ImageLimits): Promise<Inspection> {
  const read = await readAndInspect(path, limits, scratch);
  if ("problem" in read) return read;
  const { image, stamp, warning } = read;
  // A file without a stamp is looked into each time, and warned of each time.
  return warning ? { image, warning } : { image, stamp };
}

/** The same, with the bytes that were looked at: what is hashed is what is shown. */
export async function readImage(
  path: string,
  limits: ImageLimits,
): Promise<{ image: Image; bytes: Buffer } | Problem> {
  return readAndInspect(path, limits, Buffer.allocUnsafe);
}

/**
 * Fills `memory`, as large as the file was, with a file that was inspected before. A problem where it does not hold
 * the same bytes any more.
 */
export async function readInspected(
  path: string,
  { sha256 }: Image,
  limits: ImageLimits,
  memory: Buffer<ArrayBuffer>,
): Promise<{ problem: string } | undefined> {
  const within = (sizeBytes: number) => memory.subarray(0, sizeBytes);
  const read = readLocated(path, limits, memory.length, within);
  if ("bytes" in read && hash("sha256", read.bytes) === sha256) return undefined;
  const found = await inspectImage(path, limits);
  if ("problem" in found) return { problem: found.problem.message };
  return { problem: `${path} changed after the plan was made; run apply again` };
}

interface Inspected {
  image: Image;
  bytes: Buffer;
  stamp: FileStamp | undefined;
  warning: ImageProblem | undefined;
}

async function readAndInspect(
  path: string,
  limits: ImageLimits,
  memoryFor: MemoryFor,
): Promise<Inspected | Problem> {
  const read = readLocated(path, limits, limits.maxBytes, memoryFor);
  if ("problem" in read) return read;
  const { bytes, stamp } = read;
  const contentType = contentTypeOf(bytes);
  if (!contentType) return { problem: await typeProblem(path, bytes) };
  const shape = readShape(contentType, bytes);
  const problem = shapeProblem(path, contentType, shape);
  if (problem && problem.severity !== "warning") return { problem };
  const { widthPx, heightPx } = shape;
  const sha256 = hash("sha256", bytes);
  return {
    image: { contentType, sizeBytes: bytes.length, sha256, widthPx, heightPx },
    bytes,
    stamp,
    warning: problem,
  };
}

function readLocated(
  path: string,
  limits: ImageLimits,
  maxBytes: number,
  memoryFor: MemoryFor,
): ReadFile | Problem {
  try {
    const realPath = locateImage(path, limits);
    if (realPath === undefined) return { problem: outsideProblem(path, limits) };
    if (isReserved(realPath, limits)) return { problem: reservedProblem(path) };
    const read = readRegularFile(realPath, maxBytes, memoryFor);
    return "bytes" in read ? read : { problem: unreadProblem(path, read, maxBytes) };
  } catch (error) {
    return { problem: systemProblem(path, error, limits) };
  }
}

const SCRATCH_STEP_BYTES = 1024 * 1024;
let shared = Buffer.alloc(0);

/** Memory that serves one image after the other: new memory of a megabyte costs as much as to read it. */
function scratch(sizeBytes: number): Buffer<ArrayBuffer> {
  if (sizeBytes > shared.length) {
    const steps = Math.ceil(sizeBytes / SCRATCH_STEP_BYTES);
    shared = Buffer.allocUnsafeSlow(steps * SCRATCH_STEP_BYTES);
  }
  return shared.subarray(0, sizeBytes);
}

/** Reads hold up everything else, Ctrl-C too, for no longer than this and one image. */
const TURN_MS = 50;

/** What a run last saw in the files, and whether that stands for a look into one that is as it was. */
export interface Before {
  known: readonly KnownImage[];
  isTrusted: boolean;
  /** Paths of all rows, where those that are looked into are a shard's. */
  all?: readonly string[];
}

/** Looks into files, each once; the answers are in the order of the paths. */
export async function inspectImages(
  paths: readonly string[],
  limits: ImageLimits,
  { known, isTrusted, all = paths }: Before = { known: [], isTrusted: false },
): Promise<Inspection[]> {
  const trusted = isTrusted ? known : [];
  const knownAt = new Map(Array.from(trusted, (one) => [one.path, one]));
  expectImages(limits, { paths: all, known });
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
