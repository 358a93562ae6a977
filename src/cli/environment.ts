import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { UserError } from "../user-error.ts";
import type { Environment } from "./host-process.ts";

/**
 * The environment with the working folder's `.env` beneath it: a variable that is set already wins.
 * A `.env` that cannot be read is a UserError; none at all is fine.
 */
export function readEnvironment(env: Environment, cwd: string): Environment {
  const file = join(cwd, ".env");
  try {
    return { ...parseEnv(readSmallFile(file)), ...env };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return env;
    throw new UserError("ENV_UNREADABLE", `cannot read ${file} (${code})`, {
      hint: "make .env readable, or remove it",
    });
  }
}

/** Of what it is for, a few lines. */
const MOST_BYTES = 1024 * 1024;

/** Windows editors begin a file with a byte order mark. A pipe would be waited for, a device read for ever. */
function readSmallFile(file: string): string {
  const stats = statSync(file);
  if (!stats.isDirectory() && (!stats.isFile() || stats.size > MOST_BYTES)) {
    throw new UserError("ENV_UNREADABLE", `${file} is no file of a few lines`, {
      hint: "write NAME=value into it, one a line, or remove it",
    });
  }
  return readFileSync(file, "utf8").replace(/^\ufeff/, "");
}
