import { setTimeout as wait } from "node:timers/promises";
import { alterPicture } from "./alter-picture.ts";
import { type Answer, errorAnswer, resultAnswer } from "./answer.ts";
import type { Graphic } from "./graphic.ts";
import { formatRetryAfter } from "./rate-limit.ts";
import { answered, type Reply } from "./reply.ts";
import type { Play } from "./script.ts";

/** What playing a fault may use. */
export interface Stage {
  /** Keeps the graphic of this upload, its bytes altered or not; called at most once. */
  store(alter?: (bytes: Buffer) => Buffer): Promise<Graphic>;
  /** An id given out before this upload's; undefined for the first. */
  earlierId(): string | undefined;
  closing: AbortSignal;
}

const DROP: Reply = { kind: "drop", how: "close" };

/** The ordinary answer to an upload (qualtrics-api: Answers). */
export function uploadAnswer(id: string, notice?: string): Answer {
  return resultAnswer({ id }, { notice });
}

/** Plays one fault on an upload that was read to its end and found good. */
export async function playFault(play: Play, stage: Stage): Promise<Reply> {
  switch (play.kind) {
    case "answer":
      return answered(await scriptedAnswer(play, stage));
    case "delay":
      if (!(await waitUnlessClosing(play.delayMs, stage.closing))) return DROP;
      return answered(uploadAnswer((await stage.store()).id));
    case "reset":
      return playReset(play, stage);
    case "id":
      return answered(await answerWithOtherId(play.id, stage));
    case "garbage":
      if (play.store) await stage.store();
      return answered({ status: 200, contentType: "text/html", body: "<html>not JSON</html>" });
    case "alter":
      return answered(uploadAnswer((await stage.store(altering(play.how))).id));
    case "stall":
      if (play.store) await stage.store();
      await untilClosing(stage.closing);
      return DROP;
  }
}

function altering(how: Extract<Play, { kind: "alter" }>["how"]): (bytes: Buffer) => Buffer {
  return (bytes) => alterPicture(how, bytes);
}

/** Waits; false where the sandbox was closed meanwhile. */
export async function waitUnlessClosing(delayMs: number, closing: AbortSignal): Promise<boolean> {
  if (closing.aborted) return false;
  try {
    await wait(delayMs, undefined, { signal: closing });
    return true;
  } catch {
    return false;
  }
}

async function playReset(play: Extract<Play, { kind: "reset" }>, stage: Stage): Promise<Reply> {
  const { at, how } = play;
  if (at !== "after-store" && at !== "half-answer") return { kind: "drop", how };
  const { id } = await stage.store();
  if (at === "after-store") return { kind: "drop", how };
  return { kind: "half-answer", answer: uploadAnswer(id), how };
}

async function scriptedAnswer(
  play: Extract<Play, { kind: "answer" }>,
  stage: Stage,
): Promise<Answer> {
  const { status, code, message, notice, retryAfter, location } = play;
  const graphic = play.store ? await stage.store() : undefined;
  const isSuccess = status < 300;
  const answer = isSuccess
    ? resultAnswer(graphic && { id: graphic.id }, { notice }, status)
    : errorAnswer(status, code, message ?? "played by the fault script", notice);
  const headers = {
    ...(retryAfter && {
      "retry-after": formatRetryAfter(retryAfter.form, retryAfter.seconds * 1000, Date.now()),
    }),
    ...(location !== undefined && { location }),
  };
  return { ...answer, headers };
}

async function answerWithOtherId(
  kind: Extract<Play, { kind: "id" }>["id"],
  stage: Stage,
): Promise<Answer> {
  const earlierId = stage.earlierId();
  const { id } = await stage.store();
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
