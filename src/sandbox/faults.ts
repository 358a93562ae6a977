import { setTimeout as wait } from "node:timers/promises";
import { crc32 } from "node:zlib";
import {
  type Answer,
  answered,
  errorAnswer,
  formatRetryAfter,
  type MetaDetails,
  type Reply,
  resultAnswer,
} from "./answer.ts";
import {
  type BodyReset,
  type CheckedFaultScript,
  type Fault,
  type Play,
  playsInBody,
} from "./fault-script.ts";

/** Chooses what plays of one script, and counts how often each fault has; of the faults that fit, the first plays. */
export function createFaultChooser({ seed, faults }: CheckedFaultScript) {
  const timesLeft = faults.map((fault) => fault.times ?? Number.POSITIVE_INFINITY);

  function choose(upload: number, fits: (fault: Fault) => boolean): Play | undefined {
    const index = faults.findIndex(
      (fault, position) =>
        (timesLeft[position] ?? 0) > 0 &&
        fits(fault) &&
        (fault.upload === undefined || [fault.upload].flat().includes(upload)) &&
        drawNumber(seed, upload, position) < (fault.probability ?? 1),
    );
    if (index < 0) return undefined;
    timesLeft[index] = (timesLeft[index] ?? 0) - 1;
    return faults[index]?.play;
  }

  return {
    /** Asked when an upload's headers have come. */
    beforeBody(upload: number): BodyReset | undefined {
      const play = choose(upload, (fault) => playsInBody(fault.play));
      return play && playsInBody(play) ? play : undefined;
    },
    /** Asked when its body was read and found good. */
    afterBody: (upload: number, name: string) =>
      choose(upload, (fault) => !playsInBody(fault.play) && (fault.name ?? name) === name),
  };
}

/**
 * A number from 0 up to 1 that depends on its arguments alone (the finaliser of MurmurHash3 after each), so
 * that a seed plays the same faults however the uploads overlap.
 */
function drawNumber(...from: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of from) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/**
 * Says of each upload how long to wait for the next one that is let through; undefined lets it through. `nowMs` never
 * goes back.
 */
export type RateLimit = (nowMs: number) => number | undefined;

/** A bucket of `burst` uploads that fills evenly with `perMinute` (assumed: the service's own way is not known). */
export function createRateLimit({
  perMinute,
  burst = Math.ceil(perMinute / 60),
}: NonNullable<CheckedFaultScript["rateLimit"]>): RateLimit {
  const refillMs = 60_000 / perMinute;
  let left = burst;
  let countedMs: number | undefined;
  return (nowMs) => {
    left = Math.min(burst, left + (nowMs - (countedMs ?? nowMs)) / refillMs);
    countedMs = nowMs;
    if (left < 1) return (1 - left) * refillMs;
    left -= 1;
    return undefined;
  };
}

/** What playing a fault may use. */
interface Stage {
  /** Keeps the graphic of this upload, its bytes altered or not, and gives its id; called at most once. */
  store(alter?: (bytes: Buffer) => Buffer): string;
  /** An id given out before this upload's; undefined for the first. */
  earlierId(): string | undefined;
  closing: AbortSignal;
}

const DROP: Reply = { kind: "drop", how: "close" };

/** The ordinary answer to an upload (qualtrics-api: Answers). */
export function uploadAnswer(id: string, details: MetaDetails = {}): Answer {
  return resultAnswer({ id }, details);
}

/** Plays one fault on an upload that was read to its end and found good. */
export async function playFault(play: Play, stage: Stage): Promise<Reply> {
  switch (play.kind) {
    case "answer":
      return answered(scriptedAnswer(play, play.store ? stage.store() : undefined));
    case "delay":
      if (!(await waitUnlessClosing(play.delayMs, stage.closing))) return DROP;
      return answered(uploadAnswer(stage.store()));
    case "reset":
      return playReset(play, stage);
    case "id":
      return answered(answerWithOtherId(play.id, stage));
    case "garbage":
      if (play.store) stage.store();
      return answered({ status: 200, contentType: "text/html", body: "<html>not JSON</html>" });
    case "alter":
      return answered(uploadAnswer(stage.store((bytes) => alterPicture(play.how, bytes))));
    case "stall":
      if (play.store) stage.store();
      await untilClosing(stage.closing);
      return DROP;
  }
}

/** Waits; false where the sandbox was closed meanwhile. */
export async function waitUnlessClosing(delayMs: number, closing: AbortSignal): Promise<boolean> {
  try {
    await wait(delayMs, undefined, { signal: closing });
    return true;
  } catch {
    return false;
  }
}

function playReset({ at, how }: Extract<Play, { kind: "reset" }>, stage: Stage): Reply {
  if (at !== "after-store" && at !== "half-answer") return { kind: "drop", how };
  const id = stage.store();
  if (at === "after-store") return { kind: "drop", how };
  return { kind: "half-answer", answer: uploadAnswer(id), how };
}

/** A 2xx holds the id of what was stored. */
function scriptedAnswer(
  play: Extract<Play, { kind: "answer" }>,
  storedId: string | undefined,
): Answer {
  const { status, code, message, notice, warning, retryAfter, location } = play;
  const warned = warning && { warningMessage: warning.message, warningCode: warning.code };
  const answer =
    status < 300
      ? resultAnswer(
          storedId === undefined ? undefined : { id: storedId },
          { notice, warning: warned },
          status,
        )
      : errorAnswer(status, code, message ?? "played by the fault script", notice);
  const headers = {
    ...(retryAfter && {
      "retry-after": formatRetryAfter(retryAfter.form, retryAfter.seconds * 1000, Date.now()),
    }),
    ...(location !== undefined && { location }),
  };
  return { ...answer, headers };
}

function answerWithOtherId(kind: Extract<Play, { kind: "id" }>["id"], stage: Stage): Answer {
  const earlierId = stage.earlierId();
  const id = stage.store();
  if (kind === "missing") return resultAnswer({});
  if (kind === "odd") return uploadAnswer("GR_not-a-graphic");
  return uploadAnswer(earlierId ?? id);
}

function untilClosing(closing: AbortSignal): Promise<void> {
  if (closing.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    closing.addEventListener("abort", () => resolve(), { once: true });
  });
}

const COMMENT = Buffer.from("re-encoded by the sandbox", "latin1");

/** A picture of two pixels by three, unlike any that anybody sends. */
const OTHER = Buffer.from("R0lGODlhAgADAIAAAP8AAAAA/yH5BAAAAAAALAAAAAACAAMAAAIChFwAOw==", "base64");

/** Signature (PNG, third edition §5.2) and the IHDR chunk, which is always the first and of one size. */
const PNG_HEADER_BYTES = 8 + 25;

/** The bytes a library that does not keep them as sent may hold: the same picture written anew, or another. */
function alterPicture(how: "re-encode" | "other", bytes: Buffer): Buffer {
  if (how === "other") return OTHER;
  if (bytes[0] === 0x89) return insert(bytes, PNG_HEADER_BYTES, pngText());
  if (bytes[0] === 0xff) return insert(bytes, 2, jpegComment());
  // Before the trailer (GIF89a, section 27).
  return insert(bytes, bytes.lastIndexOf(0x3b), gifComment());
}

function insert(bytes: Buffer, at: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
}

function pngText(): Buffer {
  const body = Buffer.concat([Buffer.from("tEXtComment\0", "latin1"), COMMENT]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(body.length - 4, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function jpegComment(): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, COMMENT.length + 2]);
  return Buffer.concat([head, COMMENT]);
}

function gifComment(): Buffer {
  const head = Buffer.from([0x21, 0xfe, COMMENT.length]);
  return Buffer.concat([head, COMMENT, Buffer.from([0])]);
}
