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
  let isWriteTold = false;
  let isWaiting = false;
  let held: Buffer | undefined;

  const hear = () => {
    isWaiting = false;
    isWriteTold = true;
    socket.emit("readable");
  };
  /** TLS tells one turn later of what it wrote at once: a program that was held up has the answer before that. */
  const hasHeardOfWrites = (): boolean => {
    if (isWriteTold || socket.writableLength === 0) return true;
    if (!isWaiting) setImmediate(hear);
    isWaiting = true;
    return false;
  };
  /** What of an answer's first bytes is for undici. */
  const begin = (chunk: Buffer): Buffer | null => {
    const bytes = held ? Buffer.concat([held, chunk]) : chunk;
    const rest = afterInterim(bytes);
    held = rest === "more" ? bytes : undefined;
    if (rest === "more" || rest.length === 0) return null;
    atStart = false;
    if (socket.writableLength === 0 || !SUCCESS.test(rest.toString("latin1", 0, 12))) return rest;
    socket.destroy(Object.assign(new Error("early answer"), { code: "EARLY_ANSWER" }));
    return null;
  };
  socket.write = (...args: unknown[]): boolean => {
    atStart = true;
    isWriteTold = false;
    return write(...args);
  };
  socket.read = (size?: number): Buffer | null => {
    if (!atStart) return read(size);
    const chunk: Buffer | null = hasHeardOfWrites() ? read(size) : null;
    return chunk && begin(chunk);
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
