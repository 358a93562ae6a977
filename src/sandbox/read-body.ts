import type { IncomingMessage } from "node:http";

/** A body, or why there is none: over the limit, or the connection ended before it did. */
export type Body = Buffer | "too-large" | "cut-off";

/** A body announced larger than this is not even read to its end. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a body of known length. One over `limitBytes` is read and dropped, since a client that is still
 * sending when the answer comes would see a broken pipe instead of it.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Body> {
  const announcedBytes = Number(request.headers["content-length"]);
  if (announcedBytes > MAX_DRAINED_BYTES) return Promise.resolve("too-large");
  const isTooLarge = announcedBytes > limitBytes;
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      if (!isTooLarge) chunks.push(chunk);
    });
    request.on("end", () => resolve(isTooLarge ? "too-large" : joined(chunks)));
    request.on("error", () => resolve("cut-off"));
    request.on("close", () => resolve("cut-off"));
  });
}

/** Resolves when at least half of the announced body has come, or the connection has ended. */
export function readHalf(request: IncomingMessage): Promise<void> {
  const halfBytes = Number(request.headers["content-length"] ?? 0) / 2;
  let readBytes = 0;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      readBytes += chunk.length;
      if (readBytes < halfBytes) return;
      request.pause();
      resolve();
    });
    request.on("end", resolve);
    request.on("error", () => resolve());
    request.on("close", resolve);
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
