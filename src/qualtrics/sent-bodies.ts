import type { Socket } from "node:net";

/** The body that each connection sent last, as far as the system has taken all of it. */
export class SentBodies {
  readonly #lastOf = new Map<Socket, Buffer>();

  /**
   * Notes a connection's bodies once the system has taken all of each (the callback of `socket.write`): from then
   * on nobody reads its memory. An answer alone does not say so, for a server may give it early.
   */
  watch<T extends Socket>(socket: T): T {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      const [chunk] = args;
      if (!Buffer.isBuffer(chunk) || args.length > 1) return write(...args);
      return write(chunk, (error: unknown) => {
        if (!error && !socket.destroyed) this.#lastOf.set(socket, chunk);
      });
    };
    socket.once("close", () => this.#lastOf.delete(socket));
    return socket;
  }

  /** Whether the memory of a body, the last one of its connection, is nobody's any more. */
  has(body: Buffer): boolean {
    for (const last of this.#lastOf.values()) if (last === body) return true;
    return false;
  }
}
