import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkToken } from "../../qualtrics/token.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import type { Environment } from "../host-process.ts";

const OTHERS_MAY_READ = 0o077;

/** The API token from `--token-file` or QUALTRICS_API_KEY; a UserError where there is none. */
export async function readToken(
  options: Pick<CommonOptions, "tokenFile">,
  env: Environment,
  cwd: string,
): Promise<string> {
  if (options.tokenFile) return checkToken(await readTokenFile(resolve(cwd, options.tokenFile)));
  if (env.QUALTRICS_API_KEY) return checkToken(env.QUALTRICS_API_KEY);
  throw new UserError("TOKEN_MISSING", "no API token", {
    hint: "set QUALTRICS_API_KEY (or put it in .env), or give --token-file; to rehearse without an account, plan and apply take --sandbox",
  });
}

async function readTokenFile(file: string): Promise<string> {
  try {
    const stats = await stat(file);
    // A pipe may well be one: `--token-file <(pass show qualtrics)`.
    if (!stats.isFile() && !stats.isFIFO()) throw notAFile(file);
    const { mode } = stats;
    if (process.platform !== "win32" && mode & OTHERS_MAY_READ) throw exposed(file, mode);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError("TOKEN_FILE_UNREADABLE", `cannot read token file ${file} (${code})`, {
      hint: "check the path given with --token-file",
    });
  }
}

function exposed(file: string, mode: number): UserError {
  const octal = (mode & 0o777).toString(8).padStart(3, "0");
  return new UserError("TOKEN_FILE_EXPOSED", `others can read ${file} (mode ${octal})`, {
    hint: `run: chmod 600 '${file}'`,
  });
}

function notAFile(file: string): UserError {
  return new UserError("TOKEN_FILE_UNREADABLE", `the token file ${file} is no file`, {
    hint: "give --token-file the path of a file that holds the token alone",
  });
}
