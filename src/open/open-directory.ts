import { spawn } from "node:child_process";
import { realpathSync, statSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { errorCode } from "../files/read-file.ts";
import { UserError } from "../user-error.ts";
import { announceServer, findServer } from "./found-server.ts";
import { type OpenServer, startOpenServer } from "./open-server.ts";
import type { Surroundings } from "./target-choice.ts";

export interface OpenRequest {
  /** A sheet or a directory, as the user named it; the working directory without. */
  name?: string | undefined;
  port: number;
}

/** What became of it: a server of our own, or the address of one that is there already. */
export type Opened =
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
    if (isSheet) await found.showSheet(path).catch(() => {});
    const { url, onceUrl } = found;
    return { kind: "found", url, onceUrl };
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
