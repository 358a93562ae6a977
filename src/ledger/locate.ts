import { existsSync, lstatSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { unreadable } from "./refusal.ts";

/** The file itself where the path is a link, so that one ledger has one lock whatever it is called. */
export function locate(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return realpathSync(path);
  if (lstatSync(path, { throwIfNoEntry: false })) {
    throw unreadable(file, "it is a link to a file that does not exist");
  }
  return path;
}
