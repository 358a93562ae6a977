import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { ImageProblem } from "../manifest/image.ts";
import { showValue } from "../manifest/show-value.ts";
import { UserError } from "../user-error.ts";
import { errorCode } from "./error-code.ts";

/** Where pictures may be read from, and how large they may be. One object serves a whole run. */
export interface ImageLimits {
  /** What relative paths begin at: the manifest's folder. */
  baseDir: string;
  /** Pictures must lie under it, symlinks resolved (reliability: Security). */
  rootDir: string;
  maxBytes: number;
}

/** The real paths of the folders in `PictureLimits`. */
export interface RealDirs {
  base: string;
  root: string;
}

/** Looked up once a run: the same limits come with each of its files. */
const known = new WeakMap<ImageLimits, Promise<RealDirs>>();

/** The real paths of a run's folders; a `UserError` where one is missing. */
export function realDirsOf(limits: ImageLimits): Promise<RealDirs> {
  const found = known.get(limits) ?? findRealDirs(limits);
  known.set(limits, found);
  return found;
}

async function findRealDirs({ baseDir, rootDir }: ImageLimits): Promise<RealDirs> {
  const [base, root] = await Promise.all([realDir(baseDir), realDir(rootDir)]);
  return { base, root };
}

async function realDir(dir: string): Promise<string> {
  try {
    return await realpath(dir);
  } catch (error) {
    throw new UserError("FOLDER_NOT_FOUND", `the folder ${showValue(dir)} cannot be looked into`, {
      hint: `name a folder that exists (${errorCode(error)})`,
    });
  }
}

/** Whether a normalised path is a folder or lies under it. */
export function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * The real path of a picture. One that is written to lie outside the root is refused without a look at the disk:
 * a stranger's manifest must not make us touch other machines' shares. System errors are thrown.
 */
export async function locatePicture(
  path: string,
  limits: ImageLimits,
): Promise<{ realPath: string } | { problem: ImageProblem }> {
  const dirs = await realDirsOf(limits);
  const target = resolve(dirs.base, path);
  const isInside =
    isUnder(dirs.root, target) || isUnder(resolve(limits.rootDir), resolve(limits.baseDir, path));
  if (!isInside) return { problem: outside(path, limits) };
  const realPath = await realpath(target);
  return isUnder(dirs.root, realPath) ? { realPath } : { problem: outside(path, limits) };
}

function outside(path: string, { rootDir }: ImageLimits): ImageProblem {
  return {
    code: "FILE_OUTSIDE_ROOT",
    message: `${showValue(path)} lies outside ${showValue(rootDir)}, or is a link that leads out of it`,
    hint: "copy the image into that folder, or name a folder above both with --root",
  };
}
