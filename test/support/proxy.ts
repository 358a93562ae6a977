import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** What a proxy does with a request for a tunnel. */
export type ProxyManner =
  | { kind: "tunnel"; credentials?: string }
  | { kind: "refuse"; status: number }
  | { kind: "hang-up" }
  | { kind: "silence" }
  /** The tunnel breaks once so many bytes have gone to the service. */
  | { kind: "break"; afterBytes: number };

/** A proxy on loopback, to which every name is a name of loopback. */
export class TestProxy {
  /** What tunnels were asked for. */
  readonly asked: string[] = [];
  /** Requests that were no tunnel: nobody may send one. */
  readonly plain: string[] = [];
  manner: ProxyManner = { kind: "tunnel" };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((incoming, response) => {
      this.plain.push(incoming.url ?? "");
      response.writeHead(400).end();
    });
    this.#server.on("connection", (socket) => this.#keep(socket));
    this.#server.on("connect", ({ url = "", headers }, socket: Socket) => {
      this.asked.push(url);
      this.#answer(url, headers["proxy-authorization"], socket);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #answer(url: string, credentials: string | undefined, socket: Socket): void {
    const { manner } = this;
    if (manner.kind === "silence") return;
    if (manner.kind === "hang-up") return void socket.destroy();
    if (manner.kind === "refuse") {
      return void socket.end(`HTTP/1.1 ${manner.status} No\r\nContent-Length: 0\r\n\r\n`);
    }
    if (manner.kind === "tunnel" && manner.credentials !== undefined) {
      const wanted = `Basic ${Buffer.from(manner.credentials).toString("base64")}`;
      if (credentials !== wanted) return void socket.end("HTTP/1.1 407 Who\r\n\r\n");
    }
    const service = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      service.pipe(socket);
      socket.pipe(service);
    });
    this.#keep(service);
    socket.on("close", () => service.destroy());
    service.on("close", () => socket.destroy());
    if (manner.kind !== "break") return;
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= manner.afterBytes) socket.destroy();
    });
  }
}
