import { readFileSync } from "node:fs";
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
    return { ...parseEnv(readFileSync(file, "utf8")), ...env };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return env;
    throw new UserError("ENV_UNREADABLE", `cannot read ${file} (${code})`, {
      hint: "make .env readable, or remove it",
    });
  }
}
