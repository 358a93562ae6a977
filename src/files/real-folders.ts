import { realpathSync } from "node:fs";
import { resolve, sep } from "node:path";
import { isUnder, type RealDirs } from "./picture-place.ts";

/**
 * Where files really lie, with one look at each folder instead of one at each file. It serves a moment, such as
 * looking through all files of a manifest: a folder is not looked at again.
 */
export class RealFolders {
  readonly #dirs: RealDirs;
  readonly #known = new Map<string, string | undefined>();

  constructor(dirs: RealDirs) {
    this.#dirs = dirs;
  }

  /**
   * The real path of a file that is no link itself; undefined where it lies outside the root, or nothing can be
   * said. What is written to lie outside is not looked at.
   */
  placeOf(path: string): string | undefined {
    const start = nameStart(path);
    const name = path.slice(start);
    if (name === "" || name === "." || name === ".." || (sep === "\\" && name.includes(":"))) {
      return undefined;
    }
    const folder = this.#realFolder(path.slice(0, start));
    return folder === undefined ? undefined : folder + name;
  }

  /** Ends in a separator. */
  #realFolder(folder: string): string | undefined {
    if (this.#known.has(folder)) return this.#known.get(folder);
    const real = this.#findFolder(folder);
    this.#known.set(folder, real);
    return real;
  }

  #findFolder(folder: string): string | undefined {
    const { base, root } = this.#dirs;
    const target = resolve(base, folder);
    if (!isUnder(root, target)) return undefined;
    try {
      const real = realpathSync.native(target);
      if (!isUnder(root, real)) return undefined;
      return real.endsWith(sep) ? real : real + sep;
    } catch {
      return undefined;
    }
  }
}

function nameStart(path: string): number {
  const slash = path.lastIndexOf("/");
  return 1 + (sep === "\\" ? Math.max(slash, path.lastIndexOf(sep)) : slash);
}
