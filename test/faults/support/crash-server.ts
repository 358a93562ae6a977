import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { BIN, start } from "../../support/program.ts";

/** A graphic as the server itself lists it. */
export interface Held {
  id: string;
  name: string;
  folder: string;
  sha256: string;
}

/** A request as the server itself lists it. */
export interface Asked {
  number: number;
  upload: number | null;
  status: number | null;
  graphicId: string | null;
}

/** A sandbox in a process of its own. */
export interface Server {
  url: string;
  token: string;
  library: string;
  /** The server's own record; the one thing that is believed. */
  held(): Promise<Held[]>;
  requests(): Promise<Asked[]>;
  stop(): Promise<void>;
}

/** Starts `qgfx sandbox`, with faults to play where a script is given. */
export async function startServer(script?: FaultScript): Promise<Server> {
  const cwd = mkdtempSync(join(tmpdir(), "qgfx-server-"));
  const args = ["sandbox", "--port", "0"];
  if (script) {
    writeFileSync(join(cwd, "script.json"), JSON.stringify(script));
    args.push("--script", "script.json");
  }
  const { child, ended } = start(process.execPath, [BIN, ...args], { cwd, limitMs: 3_600_000 });
  if (!child.stdout) throw new Error("the sandbox has no stdout");
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  const told = JSON.parse(String(first.value)) as Pick<Server, "url" | "token" | "library">;
  return {
    ...told,
    held: () => list<Held>(told.url, "graphics"),
    requests: () => list<Asked>(told.url, "requests"),
    async stop() {
      child.kill("SIGKILL");
      await ended;
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

async function list<T>(url: string, what: "graphics" | "requests"): Promise<T[]> {
  const body: unknown = await (await fetch(`${url}/sandbox/${what}`)).json();
  const rows = Array.isArray(body) ? body : (body as Record<string, unknown>)[what];
  return rows as T[];
}
