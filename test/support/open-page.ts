import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request as startRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type OpenOptions, type OpenServer, startOpenServer } from "../../src/open/open-server.ts";
import type { Events } from "../../src/open/run-api.ts";

/** What came back. */
export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body as JSON; undefined where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for.
  json: any;
}

/** Asks a server as it is told, nothing added but the host. */
export function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = startRequest(
      { host: "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const all = Buffer.concat(parts);
          const { statusCode: status = 0, headers: given } = response;
          resolve({ status, headers: given, body: all, json: parse(all) });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** A page of `qgfx open`, without the page: it sends what a browser would. */
export class OpenPage {
  readonly port: number;
  readonly cookie: string;

  constructor(port: number, cookie: string) {
    this.port = port;
    this.cookie = cookie;
  }

  /** Comes in by the address that was printed. */
  static async enter(url: string): Promise<OpenPage> {
    const { port, pathname, search } = new URL(url);
    const { headers } = await ask(Number(port), pathname + search);
    const [cookie = ""] = headers["set-cookie"]?.[0]?.split(";") ?? [];
    return new OpenPage(Number(port), cookie);
  }

  /** What its requests say of where they come from. */
  get headers(): Record<string, string> {
    return { cookie: this.cookie, "sec-fetch-site": "same-origin" };
  }

  get(path: string): Promise<Answered> {
    return ask(this.port, `/api/${path}`, { headers: this.headers });
  }

  post(path: string, body: unknown = {}): Promise<Answered> {
    return this.send(path, "application/json", JSON.stringify(body));
  }

  send(path: string, contentType: string, body: string | Uint8Array): Promise<Answered> {
    const origin = `http://127.0.0.1:${this.port}`;
    const headers = { ...this.headers, origin, "content-type": contentType };
    return ask(this.port, `/api/${path}`, { method: "POST", headers, body });
  }

  /** Listens until the test ends. */
  listen(): Listener {
    const listener = new Listener(this);
    onTestFinished(() => listener.close());
    return listener;
  }
}

/** What a page hears. */
export class Listener {
  readonly heard: { [Name in keyof Events]: { event: Name; data: Events[Name] } }[keyof Events][] =
    [];
  readonly #request: ReturnType<typeof startRequest>;
  #wake: (() => void)[] = [];

  constructor({ port, headers }: OpenPage) {
    this.#request = startRequest({ host: "127.0.0.1", port, path: "/api/events", headers });
    this.#request.on("error", () => {});
    this.#request.on("response", (response) => {
      let left = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        const events = (left + text).split("\n\n");
        left = events.pop() ?? "";
        for (const event of events) this.#take(event);
      });
      response.on("error", () => {});
    });
    this.#request.end();
  }

  /** The first event of that name, from `from` on, that `is` takes; waits for it. */
  async next<Name extends keyof Events>(
    name: Name,
    is: (data: Events[Name]) => boolean = () => true,
    from = 0,
  ): Promise<Events[Name]> {
    for (;;) {
      const found = this.heard
        .slice(from)
        .find((one) => one.event === name && is(one.data as never));
      if (found) return found.data as Events[Name];
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  close(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text) ?? [];
    if (event === undefined || data === undefined) return;
    this.heard.push({ event, data: JSON.parse(data) } as (typeof this.heard)[number]);
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** An empty directory, gone when the test ends. */
export function makeDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "qgfx-open-")));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A server of a directory within this process, until the test ends. Bugs of ours fail the test. */
export async function serve(
  directory: string,
  options: Partial<OpenOptions> = {},
): Promise<OpenServer> {
  const defects: unknown[] = [];
  const server = await startOpenServer({
    directory,
    port: 0,
    surroundings: { cwd: directory, env: {}, configDir: join(directory, "user-config") },
    onDefect: (error) => defects.push(error),
    ...options,
  });
  onTestFinished(async () => {
    await server.close();
    if (defects.length > 0) throw defects[0];
  });
  return server;
}

/** A page of it. */
export async function openPage(
  directory: string,
  options: Partial<OpenOptions> = {},
): Promise<{ page: OpenPage; server: OpenServer }> {
  const server = await serve(directory, options);
  return { page: await OpenPage.enter(server.url), server };
}
