import { readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { errorCode } from "../files/read-file.ts";
import { decodeText } from "../manifest/text-encoding.ts";
import { UserError } from "../user-error.ts";
import type { JobHost } from "./watcher.ts";

/** Who names a setting; of several the first counts (contract: Commands). */
export type Source = "option" | "environment" | ".env" | "setup";

/** How a source is called. */
export const SOURCE_NAMES: Record<Source, string> = {
  option: "the command line",
  environment: "the environment",
  ".env": ".env",
  setup: "qgfx setup",
};

/** What can be set once instead of given each time. */
type SettingName = "host" | "token" | "library";

/** What one source names. */
export interface Layer {
  source: Source;
  values: { [Name in SettingName]?: string | undefined };
}

type EnvProblems = { [Name in SettingName]?: string };

/** What environment, `.env` and `qgfx setup` name, and what is to be said of these places. */
export interface UserSettings {
  layers: readonly Layer[];
  /** The `.env` that is read, whether it is there or not. */
  envFile: string;
  /** Whether `.env` is there and other users can read it. */
  isEnvShared: boolean;
  /** Why `.env` may name none of a setting although it is meant to. */
  envProblems: EnvProblems;
  /** Libraries that uploads are sent to with keys. The user's own word alone: no other source can name one. */
  keyedLibraries: readonly KeyedLibrary[];
}

const VARIABLES: readonly [SettingName, string][] = [
  ["host", "QUALTRICS_BASE_URL"],
  ["token", "QUALTRICS_API_KEY"],
  ["library", "QUALTRICS_LIBRARY_ID"],
];

/** Reads what is set outside the command line. A `UserError` for a file that cannot be read or must not be trusted. */
export function readUserSettings({
  env,
  cwd,
  configDir,
}: Pick<JobHost, "env" | "cwd" | "configDir">): UserSettings {
  const envFile = join(cwd, ".env");
  const dotEnv = readEnvFile(envFile);
  const kept: Partial<Setup> = (configDir && readSetup(configDir)) || {};
  const { host, token, library, keyedLibraries = [] } = kept;
  return {
    layers: [
      { source: "environment", values: valuesOf(env) },
      { source: ".env", values: valuesOf(dotEnv.variables) },
      { source: "setup", values: { host, token, library } },
    ],
    envFile,
    isEnvShared: dotEnv.isShared,
    envProblems: dotEnv.problems,
    keyedLibraries,
  };
}

/** The setting that counts, an option before all others; undefined where nobody names it. */
export function findSetting(
  { layers }: Pick<UserSettings, "layers">,
  name: SettingName,
  option?: string,
): { value: string; source: Source } | undefined {
  if (option !== undefined) return { value: option, source: "option" };
  for (const { source, values } of layers) {
    const value = values[name];
    if (value) return { value, source };
  }
  return undefined;
}

/** The user's word that uploads to a library are sent with keys; undefined where there is none. */
export function findKeyedLibrary(
  { keyedLibraries }: Pick<UserSettings, "keyedLibraries">,
  { baseUrl, library }: { baseUrl: string | null; library: string },
): KeyedLibrary | undefined {
  return keyedLibraries.find((one) => one.host === baseUrl && one.library === library);
}

function valuesOf(variables: Readonly<Record<string, string | undefined>>): Layer["values"] {
  return Object.fromEntries(
    VARIABLES.flatMap(([name, variable]) =>
      variables[variable] ? [[name, variables[variable]]] : [],
    ),
  );
}

/** Of what it is for, a few lines. */
const MOST_BYTES = 1024 * 1024;
const OTHERS_MAY_WRITE = 0o002;
const OTHERS_MAY_READ = 0o077;
const HAS_MODES = process.platform !== "win32";

/** None at all is fine. */
function readEnvFile(file: string) {
  const nothing = { variables: {}, isShared: false };
  try {
    const stats = statSync(file);
    if (stats.isDirectory()) return { ...nothing, problems: {} };
    // A pipe would be waited for, a device read for ever.
    if (!stats.isFile() || stats.size > MOST_BYTES) {
      throw unreadable(`${file} is not a small text file`);
    }
    if (HAS_MODES && stats.mode & OTHERS_MAY_WRITE) {
      throw new UserError("ENV_EXPOSED", `every user of this computer can change ${file}`, {
        hint: `run: chmod 600 '${file}'`,
      });
    }
    const text = decode(file, readFileSync(file));
    const variables = parseEnv(text);
    return { variables, isShared: isShared(stats), problems: findBrokenLines(text, variables) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return { ...nothing, problems: findTwin(file) };
    throw unreadable(`cannot read ${file} (${code})`);
  }
}

/** Notepad and PowerShell write UTF-16, and byte order marks. */
function decode(file: string, bytes: Buffer): string {
  const text = decodeText(bytes);
  if ("utf8" in text) return text.utf8.toString();
  throw unreadable(`line ${text.line} of ${file}: ${text.message}`);
}

function unreadable(message: string): UserError {
  return new UserError("ENV_UNREADABLE", message, {
    hint: "save .env as UTF-8 text with NAME=value on each line, or remove it",
  });
}

/** Windows hides the last ending of a name, and editors add one. */
function findTwin(file: string): EnvProblems {
  const twin = `${file}.txt`;
  const isThere = statSync(twin, { throwIfNoEntry: false })?.isFile();
  const problem = `${twin} is not read; rename it to .env`;
  return isThere ? { host: problem, token: problem, library: problem } : {};
}

function findBrokenLines(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): EnvProblems {
  const lines = text.split(/\r?\n/);
  const problems: EnvProblems = {};
  for (const [name, variable] of VARIABLES) {
    const index = lines.findIndex((line) => new RegExp(`^[^#=]*${variable}`, "i").test(line));
    if (variables[variable] || index === -1) continue;
    problems[name] = `line ${index + 1} of .env does not say ${variable}=value`;
  }
  return problems;
}

/** What is wrong with `.env` first, where it may be why a setting is missing. */
export function hintFor(
  { envProblems }: Pick<UserSettings, "envProblems">,
  name: SettingName,
  hint: string,
): string {
  const problem = envProblems[name];
  return problem === undefined ? hint : `${problem}; or ${hint}`;
}

/** What `qgfx setup` keeps for one user. */
const setupSchema = z.strictObject({
  version: z.literal(1),
  host: z.string().optional(),
  token: z.string().optional(),
  library: z.string().optional(),
  /** Where `qgfx doctor --probe` found that the service makes one graphic of two requests with the same key. */
  keyedLibraries: z
    .array(z.strictObject({ host: z.string(), library: z.string(), foundAt: z.string() }))
    .optional(),
});

export type Setup = z.infer<typeof setupSchema>;
type KeyedLibrary = NonNullable<Setup["keyedLibraries"]>[number];

/** Where `qgfx setup` keeps it. */
export function setupFile(configDir: string): string {
  return join(configDir, "setup.json");
}

/** What is kept; undefined where nothing is. A `UserError` for a file that cannot be read, or that others can. */
export function readSetup(configDir: string): Setup | undefined {
  const file = setupFile(configDir);
  const hint = "run: qgfx setup";
  try {
    const stats = statSync(file);
    if (isShared(stats)) throw exposed(file, stats.mode);
    return setupSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const message = `cannot read ${file} (${code ?? "not written by qgfx setup"})`;
    throw new UserError("SETUP_UNREADABLE", message, { hint });
  }
}

/** Whether other users can read a file. */
export function isShared({ mode }: Stats): boolean {
  return HAS_MODES && (mode & OTHERS_MAY_READ) !== 0;
}

/** For a file with a token that others can read. */
export function exposed(file: string, mode: number): UserError {
  const octal = (mode & 0o777).toString(8).padStart(3, "0");
  return new UserError("TOKEN_FILE_EXPOSED", `others can read ${file} (mode ${octal})`, {
    hint: `run: chmod 600 '${file}'`,
  });
}
