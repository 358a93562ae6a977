import type { Socket } from "node:net";

const INTERIM = Buffer.from("HTTP/1.1 1");
const SUCCESS = /^HTTP\/1\.[01] 2/;
const STATUS_LINE_BYTES = 12;
const END_OF_HEAD = "\r\n\r\n";
const MAX_HEAD_BYTES = 8192;

/**
 * Watches how each answer on a connection begins, at the one place where undici takes the socket's bytes:
 *
 * - An unasked `100 Continue`, or another interim answer, passes by, as RFC 9110 §15.2 wants. undici 7 breaks the
 *   connection at a 100, and the graphic's id in the answer behind it would be lost.
 * - A 2xx that begins before the system has taken the whole request may answer another one (reliability: What broke the
 *   promise). The connection is broken, so that the request is `lost` and nothing on it is taken for the next one.
 */
export function watchAnswers<T extends Socket>(socket: T): T {
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
    const rest = afterInterim(bytes);
    held = rest === "more" ? bytes : undefined;
    if (rest === "more" || rest.length === 0) return null;
    atStart = false;
    const isEarly = socket.writableLength > 0 && SUCCESS.test(rest.toString("latin1", 0, 12));
    if (!isEarly) return rest;
    socket.destroy(Object.assign(new Error("early answer"), { code: "EARLY_ANSWER" }));
    return null;
  };
  return socket;
}

/** What follows any interim answers but 101, which is for undici; `more` while it cannot be told. */
function afterInterim(bytes: Buffer): Buffer | "more" {
  let rest = bytes;
  while (rest.length > 0) {
    const compared = Math.min(rest.length, INTERIM.length);
    if (rest.compare(INTERIM, 0, compared, 0, compared) !== 0) return rest;
    if (rest.length < STATUS_LINE_BYTES) return "more";
    if (rest.toString("latin1", 9, STATUS_LINE_BYTES) === "101") return rest;
    const end = rest.indexOf(END_OF_HEAD);
    if (end === -1) return rest.length > MAX_HEAD_BYTES ? rest : "more";
    rest = rest.subarray(end + END_OF_HEAD.length);
  }
  return rest;
}
