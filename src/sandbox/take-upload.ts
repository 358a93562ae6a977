import { hash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import {
  type Answer,
  answered,
  assumedError,
  formatRetryAfter,
  MAX_GRAPHIC_BYTES,
  type MetaDetails,
  type Reply,
} from "./answer.ts";
import type { BodyReset } from "./fault-script.ts";
import { playFault, uploadAnswer } from "./faults.ts";
import type { Asked } from "./routes.ts";
import type { RequestEntry, SandboxState } from "./state.ts";
import { type Graphic, randomAlphanumerics, StoreFullError } from "./store.ts";
import { type ReceivedGraphic, understandUpload } from "./understand-upload.ts";

/** What a form around a picture may need. */
const FORM_BYTES = 256 * 1024;
/** A body announced larger than this is not even read to its end. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Answered by the HTTP layer, so not as JSON (qualtrics-api: Answers); the connection ends, its body unread. */
const MISSING_LENGTH: Answer = {
  status: 411,
  contentType: "text/html",
  body: "<html><head><title>411 Length Required</title></head></html>",
  headers: { connection: "close" },
};

/**
 * `POST …/graphics`. The body is read before any refusal, as by the proxy before a real service. Order: a reset
 * within the body, refusals (token, library, rate, length, form), then the script's fault, then the store.
 * `earned` is the refusal that the headers have earned already.
 */
export async function replyToUpload(
  state: SandboxState,
  { request, libraryId }: Asked,
  entry: RequestEntry,
  earned: Answer | undefined,
): Promise<Reply> {
  const key = request.headers["idempotency-key"];
  if (typeof key === "string") entry.key = key;
  const bodyReset = state.faults.beforeBody(entry.upload ?? 0);
  if (bodyReset) return playBodyReset(bodyReset, request, entry);
  if (request.headers["content-length"] === undefined) return answered(MISSING_LENGTH);
  const { maxBytes = MAX_GRAPHIC_BYTES } = state.script;
  const body = await readBody(request, maxBytes + FORM_BYTES);
  if (body === "cut-off") return { kind: "drop", how: "close" };
  const refusal = earned ?? checkRate(state);
  if (refusal) return answered(refusal);
  if (body === "too-large") {
    const got = `got a body of ${request.headers["content-length"]}`;
    const answer = assumedError("ASSUMED_TOO_LARGE", got);
    // The connection ends, since part of the body may be unread.
    return answered({ ...answer, headers: { connection: "close" } });
  }
  const understood = understandUpload(request.headers["content-type"] ?? "", body, state.script);
  entry.parts = understood.notes;
  if ("refusal" in understood) return answered(understood.refusal);
  const isKeyed = state.script.idempotencyKey === "honor" && entry.key !== undefined;
  const keyed = isKeyed
    ? { key: `${libraryId} ${entry.key}`, form: hash("sha256", body) }
    : undefined;
  return takeGraphic(state, entry, libraryId, understood.graphic, keyed);
}

/** Plays the fault chosen for a good upload, or stores it, where its key is new, and answers with its id. */
async function takeGraphic(
  state: SandboxState,
  entry: RequestEntry,
  libraryId: string,
  received: ReceivedGraphic,
  /** A key, in its library, and the hash of the whole form that came with it. */
  keyed: { key: string; form: string } | undefined,
): Promise<Reply> {
  const { memory } = state;
  const known = keyed && memory.keyed.get(keyed.key);
  if (known && known.form !== keyed.form) return answered(assumedError("ASSUMED_KEY_REUSED"));
  const warning = known ? undefined : warningOf(state, libraryId, received);
  const store = (alter = (bytes: Buffer) => bytes) => {
    if (known) return known.id;
    entry.graphicId = storeGraphic(state, libraryId, received, alter(received.bytes));
    memory.storedAtMs.set(entry.graphicId, performance.now());
    if (keyed) memory.keyed.set(keyed.key, { id: entry.graphicId, form: keyed.form });
    return entry.graphicId;
  };
  const earlierId = () => state.store.list().at(-1)?.id;
  const play = state.faults.afterBody(entry.upload ?? 0, received.name);
  try {
    if (!play) return answered(uploadAnswer(store(), { warning }));
    entry.fault = play;
    return await playFault(play, { store, earlierId, closing: state.closing });
  } catch (error) {
    if (error instanceof StoreFullError) return answered(assumedError("ASSUMED_STORE_FULL"));
    throw error;
  }
}

function warningOf(
  { script, store }: SandboxState,
  libraryId: string,
  { name, folder }: ReceivedGraphic,
): MetaDetails["warning"] {
  const isSame = (one: Graphic) =>
    one.libraryId === libraryId && one.name === name && one.folder === folder;
  if (script.sameName !== "warn" || !store.list().some(isSame)) return undefined;
  return {
    warningMessage: "a graphic of this name is in this folder",
    warningCode: "ASSUMED_NAME",
  };
}

function storeGraphic(
  { store }: SandboxState,
  libraryId: string,
  { name, folder, contentType }: ReceivedGraphic,
  bytes: Buffer,
): string {
  const id = `IM_${randomAlphanumerics(15)}`;
  const sha256 = hash("sha256", bytes);
  store.put({ id, libraryId, name, folder, contentType, bytes: bytes.length, sha256 }, bytes);
  return id;
}

async function playBodyReset(
  play: BodyReset,
  request: IncomingMessage,
  entry: RequestEntry,
): Promise<Reply> {
  entry.fault = play;
  if (play.at === "half-body") await readHalf(request);
  return { kind: "drop", how: play.how };
}

/**
 * Reads a body of known length. One that is too large is read and dropped, since a client that is still
 * sending when the answer comes would see a broken pipe instead of it.
 */
async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | "too-large" | "cut-off"> {
  const announcedBytes = Number(request.headers["content-length"]);
  if (announcedBytes > MAX_DRAINED_BYTES) return "too-large";
  const isTooLarge = announcedBytes > maxBytes;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) {
      if (!isTooLarge) chunks.push(chunk);
    }
  } catch {
    return "cut-off";
  }
  return isTooLarge ? "too-large" : Buffer.concat(chunks);
}

/** Resolves when at least half of the announced body has come, or the connection has ended. */
function readHalf(request: IncomingMessage): Promise<void> {
  const halfBytes = Number(request.headers["content-length"] ?? 0) / 2;
  let readBytes = 0;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      readBytes += chunk.length;
      if (readBytes < halfBytes) return;
      request.pause();
      resolve();
    });
    for (const end of ["end", "error", "close"]) request.on(end, () => resolve());
  });
}

function checkRate({ rateLimit, script }: SandboxState): Answer | undefined {
  const waitMs = rateLimit?.(performance.now());
  if (waitMs === undefined) return undefined;
  const answer = assumedError("ASSUMED_RATE_LIMIT");
  const form = script.rateLimit?.retryAfter ?? "none";
  if (form === "none") return answer;
  return { ...answer, headers: { "retry-after": formatRetryAfter(form, waitMs, Date.now()) } };
}
