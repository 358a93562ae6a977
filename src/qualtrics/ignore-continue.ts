import type { Socket } from "node:net";

const CONTINUE = Buffer.from("HTTP/1.1 100");
const END_OF_HEAD = "\r\n\r\n";
const MAX_HEAD_BYTES = 8192;

/**
 * Lets an unasked `100 Continue` pass by, as RFC 9110 §15.2 wants. undici 7 breaks the connection at one,
 * and the graphic's id in the answer behind it would be lost. Works at the one place where undici takes
 * the socket's bytes, and only until the real answer begins.
 */
export function ignoreContinue<T extends Socket>(socket: T): T {
  const read = socket.read.bind(socket);
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let atStart = true;
  let held: Buffer | undefined;

  socket.write = (...args: unknown[]): boolean => {
    atStart = true;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    const chunk: Buffer | null = read(size);
    if (chunk === null || !atStart) return chunk;
    const bytes = held ? Buffer.concat([held, chunk]) : chunk;
    const rest = afterContinue(bytes);
    held = rest === "more" ? bytes : undefined;
    if (rest === "more" || rest.length === 0) return null;
    atStart = false;
    return rest;
  };
  return socket;
}

/** What follows any `100` answers; `more` while it cannot be told. */
function afterContinue(bytes: Buffer): Buffer | "more" {
  let rest = bytes;
  while (rest.length > 0) {
    const compared = Math.min(rest.length, CONTINUE.length);
    if (rest.compare(CONTINUE, 0, compared, 0, compared) !== 0) return rest;
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) return rest.length > MAX_HEAD_BYTES ? rest : "more";
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}
