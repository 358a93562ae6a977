import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { assumedError, MAX_GRAPHIC_BYTES } from "./assumed.ts";
import { type Graphic, newGraphicId } from "./graphic.ts";
import { playFault, uploadAnswer } from "./play-fault.ts";
import { formatRetryAfter } from "./rate-limit.ts";
import { readBody, readHalf } from "./read-body.ts";
import { answered, type Reply } from "./reply.ts";
import type { RequestEntry } from "./request-log.ts";
import type { SandboxState } from "./sandbox-state.ts";
import type { BodyReset } from "./script.ts";
import { StoreFullError } from "./store.ts";
import { type ReceivedGraphic, understandUpload } from "./understand-upload.ts";

/** One upload on its way: the request, its log entry, and the refusal its headers already earned. */
export interface UploadRequest {
  libraryId: string;
  request: IncomingMessage;
  entry: RequestEntry;
  refusal: Answer | undefined;
}

/** The largest body: a picture and what a form around it may need. */
const MAX_BODY_BYTES = MAX_GRAPHIC_BYTES + 256 * 1024;

/**
 * `POST …/graphics`. The body is read before any refusal, as by the proxy before a real service. Order: a reset
 * within the body, refusals (token, library, rate, length, form), then the script's fault, then the store.
 */
export async function replyToUpload(state: SandboxState, upload: UploadRequest): Promise<Reply> {
  const { request, entry, libraryId } = upload;
  const bodyReset = state.faults.beforeBody(entry.upload ?? 0);
  if (bodyReset) return playBodyReset(bodyReset, request, entry);
  if (request.headers["content-length"] === undefined) return answered(missingLength());
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === "cut-off") return { kind: "drop", how: "close" };
  const refusal = upload.refusal ?? checkRate(state);
  if (refusal) return answered(refusal);
  if (body === "too-large") return answered(tooLarge(request));
  const understood = understandUpload(request.headers["content-type"] ?? "", body);
  entry.parts = understood.notes;
  if ("refusal" in understood) return answered(understood.refusal);
  return takeGraphic(state, entry, libraryId, understood.graphic);
}

/** Plays the fault chosen for a good upload, or stores it and answers with its id. */
async function takeGraphic(
  state: SandboxState,
  entry: RequestEntry,
  libraryId: string,
  received: ReceivedGraphic,
): Promise<Reply> {
  const store = async (alter = (bytes: Buffer) => bytes) => {
    const kept = { ...received, bytes: alter(received.bytes) };
    const graphic = await storeGraphic(state, libraryId, kept);
    entry.graphicId = graphic.id;
    return graphic;
  };
  const earlierId = () => state.store.list().at(-1)?.id;
  const play = state.faults.afterBody(entry.upload ?? 0, received.name);
  try {
    if (!play) return answered(uploadAnswer((await store()).id));
    entry.fault = play;
    return await playFault(play, { store, earlierId, closing: state.closing });
  } catch (error) {
    if (error instanceof StoreFullError) return answered(assumedError("store-full"));
    throw error;
  }
}

async function storeGraphic(
  { store }: SandboxState,
  libraryId: string,
  { bytes, ...described }: ReceivedGraphic,
): Promise<Graphic> {
  const id = newGraphicId((taken) => store.wasUsed(taken));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { name, folder, contentType } = described;
  const graphic = { id, libraryId, name, folder, contentType, bytes: bytes.length, sha256 };
  await store.put(graphic, bytes);
  return graphic;
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

function checkRate({ rateLimit, script }: SandboxState): Answer | undefined {
  const nowMs = performance.now();
  const waitMs = rateLimit?.waitMs(nowMs);
  if (waitMs === undefined) return undefined;
  const answer = assumedError("rate-limit");
  const form = script.rateLimit?.retryAfter ?? "none";
  if (form === "none") return answer;
  return { ...answer, headers: { "retry-after": formatRetryAfter(form, waitMs, Date.now()) } };
}

/** Answered by the HTTP layer, so not as JSON (qualtrics-api: Answers); the connection ends, its body unread. */
function missingLength(): Answer {
  return {
    status: 411,
    contentType: "text/html",
    body: "<html><head><title>411 Length Required</title></head></html>",
    headers: { connection: "close" },
  };
}

/** The connection ends, since part of the body may be unread. */
function tooLarge({ headers }: IncomingMessage): Answer {
  const answer = assumedError("too-large", `got a body of ${headers["content-length"]}`);
  return { ...answer, headers: { connection: "close" } };
}
