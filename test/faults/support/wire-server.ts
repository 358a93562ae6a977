import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { parseMultipart } from "@remix-run/multipart-parser";

/** When a fault acts: on the bare connection, inside a request's headers, or after that part of its body. */
export type Moment = "accept" | "headers" | number;

/** One upload as the server has it; the client is not asked. */
export interface Received {
  /** 1-based. */
  connection: number;
  /** When its first byte came; milliseconds of `performance.now`. */
  atMs: number;
  bodyBytes: number;
  /** Every byte of its body came. */
  whole: boolean;
  name: string;
  folder: string;
  sha256: string;
  /** The graphic made of it. */
  storedId: string | undefined;
}

/** What a fault may do. */
export interface Scene {
  /** What the answer goes into. */
  socket: Socket;
  /** The connection below TLS; the same socket without TLS. */
  raw: Socket;
  /** The id of this upload, should the server give it. */
  id: string;
  server: WireServer;
}

/** What the server does with one upload. */
export interface Fault {
  when: Moment;
  act(scene: Scene): void;
  /** Whether a graphic is made of a whole upload; yes by default. */
  stores?: boolean;
}

export interface WireServerOptions {
  /** PEM; with them the server speaks TLS. */
  tls?: { key: string; cert: string };
  /** By the request's number, 0-based; undefined: a good answer. */
  faultFor(request: number): Fault | undefined;
  /** Ids given by servers before this one. */
  idsGiven?: number;
}

/** A stand-in for the service that is scripted byte by byte, with a record of its own. */
export class WireServer {
  readonly received: Received[] = [];
  connections = 0;
  bytesRead = 0;
  url = "";
  readonly #options: WireServerOptions;
  readonly #context: SecureContext | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #requests = 0;
  #ids: number;

  constructor(options: WireServerOptions) {
    this.#options = options;
    this.#ids = options.idsGiven ?? 0;
    this.#context = options.tls && createSecureContext(options.tls);
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(port, "127.0.0.1", done));
    const { port: bound } = this.#server.address() as AddressInfo;
    this.url = this.#context ? `https://localhost:${bound}` : `http://127.0.0.1:${bound}`;
  }

  /** No new connections; those that stand go on. */
  refuse(): void {
    this.#server.close();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** An id that looks like the service's. */
  nextId(): string {
    this.#ids += 1;
    return `IM_wire${String(this.#ids).padStart(9, "0")}`;
  }

  #accept(raw: Socket): void {
    this.connections += 1;
    const connection = this.connections;
    this.#sockets.add(raw);
    raw.on("error", () => {});
    raw.on("close", () => this.#sockets.delete(raw));
    const fault = this.#options.faultFor(this.#requests);
    if (fault?.when === "accept") {
      this.#requests += 1;
      fault.act({ socket: raw, raw, id: "", server: this });
      return;
    }
    const socket = this.#secured(raw);
    new Conversation(this, socket, raw, connection, () => {
      const number = this.#requests;
      this.#requests += 1;
      return this.#options.faultFor(number) ?? GOOD;
    });
  }

  #secured(raw: Socket): Socket {
    if (!this.#context) return raw;
    const socket = new TLSSocket(raw, { isServer: true, secureContext: this.#context });
    socket.on("error", () => {});
    return socket;
  }
}

/** The requests of one connection, one after the other. */
class Conversation {
  readonly #server: WireServer;
  readonly #scene: Omit<Scene, "id">;
  readonly #connection: number;
  readonly #takeFault: () => Fault;
  #chunks: Buffer[] = [];
  #size = 0;
  #fault: Fault | undefined;
  #hasActed = false;
  #bounds = { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  #entry: Received | undefined;
  #id = "";

  constructor(
    server: WireServer,
    socket: Socket,
    raw: Socket,
    connection: number,
    takeFault: () => Fault,
  ) {
    this.#server = server;
    this.#scene = { socket, raw, server };
    this.#connection = connection;
    this.#takeFault = takeFault;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  #take(chunk: Buffer): void {
    this.#server.bytesRead += chunk.length;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#begin();
    if (this.#bounds.end === Number.POSITIVE_INFINITY) this.#measure();
    const { start, end } = this.#bounds;
    if (this.#entry && end !== Number.POSITIVE_INFINITY) {
      this.#entry.bodyBytes = Math.min(this.#size, end) - start;
      if (this.#size >= end && !this.#entry.whole) this.#finish(this.#entry);
    }
    if (!this.#hasActed && this.#size >= this.#actAt()) this.#act();
    if (this.#size >= end) this.#reset();
  }

  /** A request's first bytes are here. */
  #begin(): void {
    if (this.#entry) return;
    this.#fault = this.#takeFault();
    this.#hasActed = false;
    this.#id = this.#server.nextId();
    this.#entry = {
      connection: this.#connection,
      atMs: performance.now(),
      bodyBytes: 0,
      whole: false,
      name: "",
      folder: "",
      sha256: "",
      storedId: undefined,
    };
    this.#server.received.push(this.#entry);
  }

  #measure(): void {
    const bytes = Buffer.concat(this.#chunks);
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = bytes.toString("latin1", 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    this.#bounds = { start: headEnd + 4, end: headEnd + 4 + length };
  }

  #actAt(): number {
    const when = this.#fault?.when ?? 1;
    if (typeof when !== "number") return 20;
    const { start, end } = this.#bounds;
    return end === Number.POSITIVE_INFINITY ? end : start + Math.floor((end - start) * when);
  }

  #act(): void {
    this.#hasActed = true;
    this.#fault?.act({ ...this.#scene, id: this.#id });
  }

  #finish(entry: Received): void {
    entry.whole = true;
    Object.assign(entry, readUpload(Buffer.concat(this.#chunks)));
    if (this.#fault?.stores !== false) entry.storedId = this.#id;
  }

  #reset(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#bounds = { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };
    this.#entry = undefined;
  }
}

/** What an upload's bytes say; another parser than qgfx's own code. */
function readUpload(request: Buffer): Pick<Received, "name" | "folder" | "sha256"> {
  const headEnd = request.indexOf("\r\n\r\n");
  const head = request.toString("latin1", 0, headEnd);
  const boundary = /\r\ncontent-type: multipart\/form-data; boundary=(\S+)/i.exec(head)?.[1] ?? "";
  const parts = [...parseMultipart(request.subarray(headEnd + 4), { boundary })];
  const file = parts.find(({ name }) => name === "file");
  const folder = parts.find(({ name }) => name === "folder");
  return {
    name: file?.filename ?? "",
    folder: folder?.text ?? "",
    sha256: createHash("sha256")
      .update(file?.bytes ?? "")
      .digest("hex"),
  };
}

/** A good upload's body. */
export function goodBody(id: unknown): string {
  return JSON.stringify({
    result: { id },
    meta: { httpStatus: "200 - OK", requestId: "7a009aca-135f-49bc-b755-6ccfe8b5da1d" },
  });
}

/** A whole answer; more headers as `Name: value` lines. */
export function answer(status: string, body: string | Buffer, ...headers: string[]): Buffer {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, "Content-Type: application/json", ...headers];
  const head = `${lines.join("\r\n")}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), bytes]);
}

/** The answer of a good day. */
export const GOOD: Fault = {
  when: 1,
  act: ({ socket, id }) => void socket.write(answer("200 OK", goodBody(id))),
};
