import { realpathSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { isUnder } from "../files/image-place.ts";
import { displayPath } from "../jobs/paths.ts";
import { UserError } from "../user-error.ts";
import type { SheetPlace } from "./open-sheet.ts";

/** What this process serves: a directory and those in it. */
export interface Served {
  /** Absolute, links resolved. */
  directory: string;
  /** The working directory of jobs. */
  cwd: string;
}

/** A sheet or directory that a page names; a `UserError` where it is not there, or not below the served directory. */
export function locateServed({ directory, cwd }: Served, name: string): SheetPlace {
  const path = resolve(directory, name);
  const file = relative(directory, path).split(sep).join("/") || ".";
  if (name.includes("\0") || !isUnder(directory, path) || isOurs(file)) throw outside(name);
  const real = realOf(path);
  if (real === undefined) {
    throw new UserError("NOT_FOUND", `there is no '${file}' any more`, {
      hint: "choose another",
    });
  }
  if (!isUnder(directory, real) || isOurs(relative(directory, real))) throw outside(name);
  return { path, file, given: displayPath(path, cwd) };
}

/** Whether a place is a directory. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A file in `.qgfx` is not a sheet. */
function isOurs(file: string): boolean {
  return file.split(/[\\/]/).includes(".qgfx");
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function outside(name: string): UserError {
  return new UserError("OUTSIDE", `'${name}' is not in the folder that was opened`, {
    hint: "run `qgfx open` in the folder where it is",
  });
}
