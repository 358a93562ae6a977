import { chmod, mkdir } from "node:fs/promises";
import { errorCode } from "../files/read-file.ts";
import { removeFile, replaceFile } from "../files/replace-file.ts";
import { showValue } from "../manifest/diagnostic.ts";
import { type Client, createClient } from "../qualtrics/client.ts";
import { checkToken, type Host, hostFromAddress, hostFromNotice } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import type { Libraries, SetupDocument } from "../report/account.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { USER_AGENT } from "./service.ts";
import { readTokenFile } from "./token.ts";
import { readSetup, type Setup, setupFile } from "./user-settings.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** What a person is asked for. */
export type SetupQuestion =
  | { kind: "address" }
  /** Not shown while it is typed. */
  | { kind: "token"; host: string }
  | { kind: "library"; libraries: Libraries["libraries"] }
  /** Whether the token may go to a host that is not of Qualtrics: `yes` or anything else. */
  | { kind: "other-host"; host: string };

/** Asks a person for a text; undefined where nobody can be asked. Throws `QuestionInterrupted` at Ctrl-C. */
type AskText = (question: SetupQuestion) => Promise<string | undefined>;

/** What is not asked for. */
export type SetupOptions = Pick<JobOptions, "host" | "library" | "tokenFile">;

/** Asks for address, token and library, checks them at the service and keeps them for this user. */
export async function setup(
  options: SetupOptions,
  host: JobHost,
  ask: AskText,
): Promise<JobResult<SetupDocument>> {
  const configDir = configDirOf(host);
  const service = await chooseHost(options, host, ask);
  const { token, client, notices } = await chooseToken(options, host, ask, service);
  try {
    const library = await chooseLibrary(options, host, ask, client);
    const better = notices.map(hostFromNotice).find((name) => name !== null);
    const kept: Setup = {
      version: 1,
      host: better === undefined ? service.baseUrl : `https://${better}`,
      token,
      ...(library && { library: library.libraryId }),
      ...keysIn(configDir),
    };
    await keep(configDir, kept);
    return { exitCode: EXIT.done, document: describe(configDir, kept) };
  } finally {
    await client.close();
  }
}

/** What `qgfx setup` keeps, without the token. */
export function showSetup(host: JobHost): JobResult<SetupDocument> {
  const configDir = configDirOf(host);
  return { exitCode: EXIT.done, document: describe(configDir, readSetup(configDir)) };
}

/** Removes what `qgfx setup` keeps. */
export async function forgetSetup(host: JobHost): Promise<JobResult<SetupDocument>> {
  const configDir = configDirOf(host);
  await removeFile(setupFile(configDir));
  return { exitCode: EXIT.done, document: describe(configDir, undefined) };
}

/** Where a user's settings are; a `UserError` where that is nowhere. */
function configDirOf({ configDir }: JobHost): string {
  if (configDir !== undefined) return configDir;
  throw noPlace("this user has no folder for settings");
}

function noPlace(message: string): UserError {
  return new UserError("SETUP_NO_PLACE", message, {
    hint: "set QUALTRICS_BASE_URL, QUALTRICS_API_KEY and QUALTRICS_LIBRARY_ID instead, in .env for example",
  });
}

function describe(configDir: string, kept: Setup | undefined): SetupDocument {
  const { host = null, library = null, token, keyedLibraries } = kept ?? {};
  const hasToken = token !== undefined;
  const keyed = keyedLibraries && { keyedLibraries };
  return { version: 1, file: setupFile(configDir), host, library, hasToken, ...keyed };
}

/** What a probe found stays so, whatever is named anew. */
function keysIn(configDir: string): Pick<Setup, "keyedLibraries"> {
  try {
    const { keyedLibraries } = readSetup(configDir) ?? {};
    return keyedLibraries ? { keyedLibraries } : {};
  } catch {
    // A file that cannot be read makes way.
    return {};
  }
}

async function keep(configDir: string, kept: Setup): Promise<void> {
  try {
    await mkdir(configDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = errorCode(error);
    if (why === undefined) throw error;
    throw noPlace(`${showValue(configDir)} cannot be made (${why}); nothing was kept`);
  }
  const file = setupFile(configDir);
  // An older file may be open to others: it is closed before the new token is in it.
  await chmod(file, 0o600).catch(() => undefined);
  await replaceFile(file, `${JSON.stringify(kept, null, 2)}\n`, 0o600);
}

/** Keeps whether uploads to a library are sent with keys, beside what else is kept. */
export async function keepKeys(
  configDir: string,
  { baseUrl: host, library }: { baseUrl: string; library: string },
  isKeyed: boolean,
): Promise<void> {
  const { keyedLibraries = [], ...kept } = readSetup(configDir) ?? { version: 1 };
  const others = keyedLibraries.filter((one) => one.host !== host || one.library !== library);
  const own = isKeyed ? [{ host, library, foundAt: new Date().toISOString() }] : [];
  const all = [...others, ...own];
  const isEmpty = all.length === 0 && kept.host === undefined;
  if (isEmpty) await removeFile(setupFile(configDir));
  else await keep(configDir, { ...kept, ...(all.length > 0 && { keyedLibraries: all }) });
}

/** Asks until `read` takes the answer; what it throws as a `UserError` is told. */
async function askUntil<T>(
  ask: AskText,
  question: SetupQuestion,
  { watcher }: JobHost,
  read: (answer: string) => T | Promise<T>,
): Promise<T> {
  for (let left = MOST_TRIES; ; left -= 1) {
    const answer = await ask(question);
    if (answer === undefined) throw nobody();
    try {
      return await read(answer);
    } catch (error) {
      if (!(error instanceof UserError) || left <= 1) throw error;
      // What the service refuses is told with hints for other commands.
      const hint = error.exitCode === EXIT.stoppedByService ? "copy it again" : error.hint;
      const text = [error.message, hint].filter(Boolean).join("; ");
      watcher.tell({ kind: "warning", text });
    }
  }
}

const MOST_TRIES = 5;

function nobody(): UserError {
  return new UserError("SETUP_UNANSWERED", "nobody can be asked here; nothing was kept", {
    hint: "run it in a terminal, or give --host, --token-file and --library",
  });
}

async function chooseHost(options: SetupOptions, host: JobHost, ask: AskText): Promise<Host> {
  if (options.host !== undefined) return hostFromAddress(options.host);
  return askUntil(ask, { kind: "address" }, host, async (answer) => {
    const found = hostFromAddress(answer);
    if (found.service === "qualtrics.com" || found.service.startsWith("loopback:")) return found;
    const name = new URL(found.baseUrl).host;
    if (/^y(es)?$/i.test((await ask({ kind: "other-host", host: name })) ?? "")) return found;
    throw new UserError("HOST_INVALID", `${name} is not an address of Qualtrics`, {
      hint: "log in to Qualtrics and copy the address from the browser, such as https://fra1.qualtrics.com",
    });
  });
}

interface CheckedToken {
  token: string;
  client: Client;
  notices: string[];
}

/** The token, known to the service by now. */
async function chooseToken(
  options: SetupOptions,
  host: JobHost,
  ask: AskText,
  { baseUrl }: Host,
): Promise<CheckedToken> {
  const check = async (text: string): Promise<CheckedToken> => {
    const token = checkToken(text);
    const notices: string[] = [];
    const client = createClient({
      ...{ baseUrl, token, connections: 1, userAgent: USER_AGENT, network: openNetwork(host.env) },
      onNotice: (notice) => notices.push(notice),
    });
    try {
      const { userName, brandId } = await client.whoami();
      const text = `the token belongs to ${userName ?? "someone"} (brand ${brandId ?? "?"})`;
      host.watcher.tell({ kind: "note", text });
      return { token, client, notices };
    } catch (error) {
      await client.close();
      throw error;
    }
  };
  if (options.tokenFile !== undefined)
    return check(await readTokenFile(options.tokenFile, host.cwd));
  return askUntil(ask, { kind: "token", host: new URL(baseUrl).host }, host, check);
}

async function chooseLibrary(
  options: SetupOptions,
  host: JobHost,
  ask: AskText,
  client: Client,
): Promise<Libraries["libraries"][number] | undefined> {
  const libraries = await client.libraries();
  const find = (answer: string) => {
    const wanted = answer.trim();
    const found = libraries.find(
      ({ libraryId }, index) => libraryId === wanted || String(index + 1) === wanted,
    );
    if (found) return found;
    throw new UserError("LIBRARY_UNKNOWN", `the token does not reach a library '${wanted}'`, {
      hint: "run `qgfx libraries` to list those it reaches",
    });
  };
  if (options.library !== undefined) return find(options.library);
  const [first] = libraries;
  if (libraries.length > 1) return askUntil(ask, { kind: "library", libraries }, host, find);
  const text = first
    ? `your library is '${first.libraryName}' (${first.libraryId})`
    : "the token reaches no library; give --library to each command";
  host.watcher.tell({ kind: first ? "note" : "warning", text });
  return first;
}
