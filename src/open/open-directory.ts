import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { errorCode } from "../files/read-file.ts";
import { writeRefusal } from "../files/write-refusal.ts";
import { makeLedgerFolder, refuseLeadingOut } from "../ledger/ledger-folder.ts";
import { UserError } from "../user-error.ts";
import { addressOf, isSame, onceKey, prove } from "./guard.ts";
import { type OpenServer, startOpenServer } from "./open-server.ts";
import type { Surroundings } from "./target-choice.ts";

interface OpenRequest {
  /** A sheet or a directory, as the user named it; the working directory without. */
  name?: string | undefined;
  port: number;
}

/** What became of it: a server of our own, or the address of one that is there already. */
type Opened =
  | { kind: "found"; url: string; onceUrl: string }
  | ({ kind: "started"; forget: () => void } & OpenServer);

/** Serves a directory, or finds the process that does. A `UserError` where the name leads nowhere. */
export async function openDirectory(
  { name = ".", port }: OpenRequest,
  surroundings: Surroundings,
  onDefect: (error: unknown) => void,
): Promise<Opened> {
  const path = realOf(resolve(surroundings.cwd, name), name);
  const isSheet = !statSync(path).isDirectory();
  const directory = isSheet ? dirname(path) : path;
  const found = await findServer(directory);
  if (found) {
    // The page can open it, too: that it cannot be done here is no reason not to show the page.
    const { place, server } = found;
    if (isSheet) await showSheet(server, relative(place, path)).catch(() => {});
    const { port: at, secret } = server;
    return { kind: "found", url: addressOf(at, secret), onceUrl: addressOf(at, onceKey(secret)) };
  }
  const server = await startOpenServer({ directory, port, surroundings, onDefect });
  try {
    if (isSheet) await server.workspace.open(relative(directory, path));
    const forget = announceServer(directory, server);
    return Object.assign(server, { kind: "started" as const, forget });
  } catch (error) {
    await server.close();
    throw error;
  }
}

function realOf(path: string, name: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError("OPEN_NOT_FOUND", `there is no file or folder '${name}'`, {
      hint: "check the name, or run `qgfx open` without one in the folder of your pictures",
    });
  }
}

/** Opens an address in the user's browser; there is no telling whether that works. */
export function openBrowser(url: string): void {
  const [command, ...args] = BROWSERS[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}

const BROWSERS: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** What `.qgfx/open/server.json` says: where the process of a directory listens, and what opens its entrance. */
const serverFileSchema = z.strictObject({
  version: z.literal(1),
  port: z.int().min(1).max(65_535),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

type ServerFile = z.infer<typeof serverFileSchema>;

const ALIVE_MS = 2_000;
const ASK_MS = 10_000;
const MOST_CHARS = 1_000_000;

function fileIn(directory: string): string {
  return join(directory, ".qgfx", "open", "server.json");
}

/** The living process that serves a directory or one above it (`place`); undefined where there is none. */
async function findServer(
  directory: string,
): Promise<{ place: string; server: ServerFile } | undefined> {
  for (let place = directory; ; place = dirname(place)) {
    const server = readServerFile(fileIn(place));
    if (server && (await isAlive(server))) return { place, server };
    if (dirname(place) === place) return undefined;
  }
}

/** Undefined, too, for a file that somebody else wrote or could read: a stranger may have packed the directory. */
function readServerFile(file: string): ServerFile | undefined {
  try {
    const stats = lstatSync(file);
    if (!stats.isFile() || stats.size > 1_000) return undefined;
    const isOwn = process.getuid === undefined || stats.uid === process.getuid();
    const isPrivate = process.platform === "win32" || (stats.mode & 0o077) === 0;
    if (!isOwn || !isPrivate) return undefined;
    return serverFileSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Whether the process still listens: another may have its port by now, and is not told the secret. */
async function isAlive({ port, secret }: ServerFile): Promise<boolean> {
  const challenge = randomBytes(16).toString("base64url");
  try {
    const answer = await ask(port, `/alive?challenge=${challenge}`, { limitMs: ALIVE_MS });
    const { proof } = JSON.parse(answer) as { proof?: unknown };
    return typeof proof === "string" && isSame(proof, prove(secret, `alive ${challenge}`));
  } catch {
    return false;
  }
}

/** Opens a sheet there, as a page would; what is open there already stays. */
async function showSheet({ port, secret }: ServerFile, file: string): Promise<void> {
  const headers = { cookie: `qgfx-${port}=${secret}`, "sec-fetch-site": "same-origin" };
  const { sheet } = JSON.parse(await ask(port, "/api/state", { headers })) as { sheet: unknown };
  if (sheet !== null) return;
  const origin = `http://127.0.0.1:${port}`;
  const posting = { ...headers, origin, "content-type": "application/json" };
  await ask(port, "/api/open", { headers: posting, body: JSON.stringify({ file }) });
}

/** The body of an answer; the connection ends with it. Whoever is there now may send much, or nothing. */
function ask(
  port: number,
  path: string,
  {
    headers = {},
    body,
    limitMs = ASK_MS,
  }: { headers?: Record<string, string>; body?: string; limitMs?: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const to = { host: "127.0.0.1", port, path, method, headers, agent: false };
    const asking = request({ ...to, signal: AbortSignal.timeout(limitMs) }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => {
        text += part.slice(0, MOST_CHARS - text.length);
      });
      answer.on("end", () => resolve(text)).on("error", reject);
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

/**
 * Lets later processes find this one; gives what takes that back. A `UserError` where the directory cannot be written.
 */
function announceServer(directory: string, { port, secret }: Omit<ServerFile, "version">) {
  const file = fileIn(directory);
  try {
    refuseLeadingOut(file);
    makeLedgerFolder(dirname(file));
    rmSync(file, { force: true });
    const text = JSON.stringify({ version: 1, port, secret } satisfies ServerFile);
    writeFileSync(file, `${text}\n`, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw writeRefusal(file, error);
  }
  const { ino } = statSync(file);
  return () => {
    // A later process may have put its own there.
    if (statSync(file, { throwIfNoEntry: false })?.ino === ino) rmSync(file, { force: true });
  };
}
