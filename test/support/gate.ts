import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A way to a server that is shut at first: connections are taken, and what comes over them waits. */
export interface Gate {
  url: string;
  /** Resolves once so many connections were made. */
  reached(count: number): Promise<void>;
  /** Lets everything through that waits or comes later. */
  open(): void;
}

/** A gate before the server at `url`; gone when the test ends. */
export async function openGate(url: string): Promise<Gate> {
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  let open = () => {};
  const opened = new Promise<void>((done) => {
    open = done;
  });
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    void opened.then(() => passOn(socket, port));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open(),
    reached: async (count) => {
      while (sockets.length < count) await once(server, "connection");
    },
  };
}

function passOn(socket: Socket, port: number): void {
  const server = connect(port, "127.0.0.1");
  server.on("error", () => socket.destroy());
  socket.on("close", () => server.destroy());
  socket.pipe(server).pipe(socket);
}
