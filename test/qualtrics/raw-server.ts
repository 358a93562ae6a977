import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** When to act on a request: once a connection stands, in its headers, or after that part of its body. */
export type Moment = "accept" | "headers" | number;

/** What a raw server does with one request; on "accept" with one connection. */
export interface Step {
  when: Moment;
  act: (socket: Socket) => void;
}

/** A server that is scripted byte by byte; the last step is repeated. */
export interface RawServer {
  url: string;
  /** Connections accepted so far. */
  connections: number;
  /** Bytes read so far, of all connections. */
  bytesRead: number;
  /** Requests read to their end, as received. */
  requests: Buffer[];
  close(): Promise<void>;
}

/** Starts a raw server on loopback. */
export async function startRawServer(...steps: Step[]): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true });
  const raw: RawServer = {
    url: "",
    connections: 0,
    bytesRead: 0,
    requests: [],
    close: () => closeServer(server, sockets),
  };
  let next = 0;
  const takeStep = (): Step | undefined => steps[Math.min(next++, steps.length - 1)];
  server.on("connection", (socket) => {
    raw.connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    serve(socket, raw, takeStep);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  raw.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return raw;
}

function serve(socket: Socket, raw: RawServer, takeStep: () => Step | undefined): void {
  let step = takeStep();
  if (step?.when === "accept") {
    step.act(socket);
    return;
  }
  let chunks: Buffer[] = [];
  let readBytes = 0;
  let bounds = UNKNOWN;
  socket.on("data", (chunk) => {
    raw.bytesRead += chunk.length;
    chunks.push(chunk);
    readBytes += chunk.length;
    step ??= takeStep();
    if (bounds === UNKNOWN) bounds = measure(Buffer.concat(chunks));
    if (readBytes < actAt(bounds, step?.when ?? 1)) return;
    const acting = step?.act;
    step = { when: 1, act: () => {} };
    if (readBytes >= bounds.end) {
      // No client of ours sends a second request before the first is answered.
      raw.requests.push(Buffer.concat(chunks));
      chunks = [];
      readBytes = 0;
      bounds = UNKNOWN;
      step = undefined;
    }
    acting?.(socket);
  });
}

const UNKNOWN = { bodyStart: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/** Where a request's body starts and ends, once its headers are there. */
function measure(received: Buffer): typeof UNKNOWN {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return UNKNOWN;
  const head = received.toString("latin1", 0, headEnd);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
  return { bodyStart: headEnd + 4, end: headEnd + 4 + length };
}

function actAt({ bodyStart, end }: typeof UNKNOWN, when: Moment): number {
  if (typeof when !== "number") return 20;
  return bodyStart === end ? end : bodyStart + Math.floor((end - bodyStart) * when);
}

function closeServer(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A whole answer with a JSON body, as raw bytes; more headers as `Name: value` lines. */
export function rawAnswer(httpStatus: string, body: string, ...headers: string[]): string {
  const lines = [`HTTP/1.1 ${httpStatus}`, "Content-Type: application/json", ...headers];
  return `${lines.join("\r\n")}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** The body of a good upload's answer. */
export function goodBody(graphicId: string): string {
  return JSON.stringify({
    result: { id: graphicId },
    meta: { httpStatus: "200 - OK", requestId: "7a009aca-135f-49bc-b755-6ccfe8b5da1d" },
  });
}
