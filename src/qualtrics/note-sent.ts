import type { Socket } from "node:net";

/**
 * Notes each body once the system has taken all of it from the process (the callback of `socket.write`): from then
 * on nobody reads its memory. An answer alone does not say so, for a server may give it early.
 */
export function noteSent<T extends Socket>(socket: T, sent: WeakSet<Buffer>): T {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    const [chunk] = args;
    if (!Buffer.isBuffer(chunk) || args.length > 1) return write(...args);
    return write(chunk, (error: unknown) => {
      if (!error) sent.add(chunk);
    });
  };
  return socket;
}
