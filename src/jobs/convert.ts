import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { convertImage } from "../files/convert-image.ts";
import { foreignTypeOf } from "../files/foreign-type.ts";
import { type ImageLimits, isUnder, locateImage } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { errorCode, readManifestBytes, readRegularFile } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";
import { makeFolder } from "../files/write-refusal.ts";
import { editManifest } from "../manifest/edit/edit-manifest.ts";
import type { CellEdit } from "../manifest/edit/manifest-edit.ts";
import { fieldsOf } from "../manifest/header.ts";
import { formatBytes } from "../report/units.ts";
import { UserError } from "../user-error.ts";
import { loadBytes } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { displayPath, imageLimits, resolvePaths } from "./paths.ts";
import { keepAndReplace } from "./validate.ts";
import type { JobHost } from "./watcher.ts";

/** Larger files are not opened. */
const MAX_SOURCE_BYTES = 256 * 1024 * 1024;

/** Converts files into one folder, each to a name of its own there; what was converted before is used again. */
export class Converter {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #host: Pick<JobHost, "cwd" | "watcher">;
  readonly #taken = new Set<string>();

  constructor(folder: string, maxBytes: number, host: Pick<JobHost, "cwd" | "watcher">) {
    this.#folder = resolve(host.cwd, folder);
    this.#maxBytes = maxBytes;
    this.#host = host;
  }

  /** Whether a file lies where converted ones go. */
  holds(file: string): boolean {
    return isUnder(this.#folder, file);
  }

  /**
   * Where the converted file is; undefined where there is nothing to convert. `place` is where it goes below the
   * folder, its ending aside. Why a file cannot be converted is told.
   */
  async convert(file: string, place: string): Promise<string | undefined> {
    const before = this.#foundBefore(file, place);
    if (before !== undefined) return before;
    const bytes = readWhole(file);
    if (bytes === undefined || !(await this.#isForIt(bytes))) return undefined;
    const made = await convertImage(bytes, this.#maxBytes);
    const shown = displayPath(file, this.#host.cwd);
    if ("why" in made) {
      const text = `${shown} was not converted: ${made.why}`;
      this.#host.watcher.tell({ kind: "warning", text });
      return undefined;
    }
    const target = this.#freeName(place, made.type);
    await makeFolder(dirname(target));
    await replaceFile(target, made.bytes);
    const size = formatBytes(made.bytes.length);
    const text = `converted ${shown} to ${displayPath(target, this.#host.cwd)} (${size})`;
    this.#host.watcher.tell({ kind: "note", text });
    return target;
  }

  async #isForIt(bytes: Buffer): Promise<boolean> {
    if (bytes.length === 0) return false;
    if (contentTypeOf(bytes)) return bytes.length > this.#maxBytes;
    return (await foreignTypeOf(bytes)).isConvertible;
  }

  #foundBefore(file: string, place: string): string | undefined {
    const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    const names = ["png", "jpg", "gif"].map((type) => this.#nameOf(place, type));
    const found = names.find((name) => {
      const stats = statSync(name, { throwIfNoEntry: false });
      const isLater = stats !== undefined && stats.mtimeMs >= made;
      return isLater && stats.size <= this.#maxBytes && name !== file;
    });
    if (found === undefined || this.#taken.has(found)) return undefined;
    this.#taken.add(found);
    return found;
  }

  #freeName(place: string, type: string): string {
    for (let number = 1; ; number += 1) {
      const name = this.#nameOf(number === 1 ? place : `${place}-${number}`, type);
      const isTaken = this.#taken.has(name) || (number > 1 && existsSync(name));
      if (isTaken) continue;
      this.#taken.add(name);
      return name;
    }
  }

  #nameOf(place: string, type: string): string {
    return join(this.#folder, `${place}.${type}`);
  }
}

function readWhole(file: string): Buffer | undefined {
  try {
    const read = readRegularFile(realpathSync.native(file), MAX_SOURCE_BYTES);
    return "bytes" in read ? read.bytes : undefined;
  } catch (error) {
    // Whoever checks the row says what is wrong with its file.
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** A path below the converted files' folder for a file: where it lies below another, without its ending. */
export function placeBelow(folder: string, file: string): string {
  const path = isUnder(folder, file) ? relative(folder, file) : basename(file);
  return path.slice(0, path.length - extname(path).length);
}

/**
 * Converts the images of a manifest's rows that need it, and lets the rows point to what was made; the manifest is kept
 * as it was beside it. One that cannot be read is left to whoever reads it next.
 */
export async function convertRows(
  file: string,
  folder: string,
  options: JobOptions,
  host: JobHost,
): Promise<void> {
  if (/\.json$/i.test(file)) {
    const message = "--convert changes a manifest, and a saved plan is for one as it was";
    throw new UserError("OPTION_CONFLICT", message, {
      hint: "apply the manifest itself, or leave --convert out",
    });
  }
  const paths = resolvePaths(file, options, host.cwd);
  const limits = imageLimits(paths, options);
  const converter = new Converter(folder, options.maxSize, host);
  const original = await readManifestBytes(paths.manifest);
  const { manifest } = await loadBytes(file, original, options);
  if (!manifest) return;
  const made = new Map<string, string | undefined>();
  const cells: CellEdit[] = [];
  const { path: column = 0 } = fieldsOf(manifest.columns);
  for (const { path, line } of manifest.rows) {
    if (!made.has(path)) made.set(path, await convertRow(path, limits, converter));
    const text = made.get(path);
    if (text !== undefined) cells.push({ line, column, text });
  }
  if (cells.length === 0) return;
  const edited = editManifest(manifest, original, { cells });
  if (!edited) {
    const message = `the paths of ${file} cannot be changed as it is written`;
    throw new UserError("CONVERT_CANNOT_EDIT", message, {
      hint: "write the paths of the converted images into it yourself",
    });
  }
  const backup = await keepAndReplace(paths.manifest, original, edited);
  const text = `${file} names the converted images now; as it was it is ${displayPath(backup, host.cwd)}`;
  host.watcher.tell({ kind: "note", text });
}

async function convertRow(
  path: string,
  limits: ImageLimits,
  converter: Converter,
): Promise<string | undefined> {
  const file = locate(path, limits);
  if (file === undefined || converter.holds(file)) return undefined;
  const made = await converter.convert(file, placeBelow(realpathSync(limits.baseDir), file));
  return made && relative(limits.baseDir, made).split(sep).join("/");
}

function locate(path: string, limits: ImageLimits): string | undefined {
  try {
    return locateImage(path, limits);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
