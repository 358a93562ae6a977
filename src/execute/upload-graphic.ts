import type { PlannedRow } from "../plan/planned-row.ts";
import type { Answer } from "./answer.ts";
import type { Decision } from "./decide.ts";
import type { ItemFinished } from "./events.ts";
import { formatFailure, localFailure, messageOf } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import type { Ticket } from "./pace.ts";
import type { AttemptOutcome } from "./record.ts";
import type { RunState } from "./run-state.ts";
import type { UploadRequest } from "./upload-request.ts";

/** One row under way. */
interface Row {
  index: number;
  upload: PlannedRow;
  request: UploadRequest;
}

/** What one attempt led to. */
type Step =
  /** Uploaded: the outcome is on its way to the ledger, and `told` resolves once it is durable and reported. */
  | { kind: "uploaded"; told: Promise<void> }
  | { kind: "settled"; outcome: Outcome }
  /** Nothing left: the pool was braked while the intent was written. */
  | { kind: "withheld" }
  | { kind: "refused"; error: string; rowWaitMs: number }
  /** The run is halted. */
  | { kind: "halted"; error?: string };

/** A row that needs its place in the pool no more. */
export interface EndedRow {
  /** Resolves once the row is reported; never rejects. Undefined: it is. */
  told: Promise<void> | undefined;
}

const TOLD: EndedRow = { told: undefined };

/**
 * Takes one row to its outcome: the bytes are read before anything waits for them, then attempt after
 * attempt, each with a durable intent before its first byte and a durable outcome before it is told
 * (reliability: Ledger). The row's status follows from its last attempt's recorded result: `uploaded`,
 * `failed` and `unknown` are themselves, `refused` and `not-sent` mean `not-run`; see `outcomeOf` for a retry.
 *
 * Resolves once the next row may have this one's place: after an id came back, before it is durable, so that
 * the next row's intent shares the outcome's commit. The ledger takes writes in order, so no crash finds more
 * intents without an outcome than there are places.
 */
export async function uploadGraphic(
  run: RunState,
  index: number,
  upload: PlannedRow,
): Promise<EndedRow> {
  const read = await run.effects.readPicture(upload);
  if ("problem" in read) {
    await failUnsent(run, index, upload, read.problem);
    return TOLD;
  }
  const { folder, name } = upload.row;
  const { contentType } = upload.image;
  const request: UploadRequest = { folder, name, contentType, ...read };
  const row: Row = { index, upload, request };
  let attempt = 1;
  let lastError: string | undefined;
  for (;;) {
    const step = await attemptOnce(run, row, attempt);
    if (step.kind === "uploaded") return step;
    if (step.kind === "settled") {
      finish(run, index, upload, step.outcome);
      return TOLD;
    }
    if (step.kind === "halted") {
      const error = step.error ?? lastError ?? `not run: ${run.haltText}`;
      finish(run, index, upload, { status: "not-run", error });
      return TOLD;
    }
    if (step.kind === "withheld") continue;
    lastError = step.error;
    attempt += 1;
    if (step.rowWaitMs > 0) await run.sleep(step.rowWaitMs);
  }
}

/** Sets a row's outcome, as its upload ended, and tells it. `remark` is for an outcome that has no error of its own. */
export function finish(
  run: RunState,
  index: number,
  upload: PlannedRow,
  ended: Outcome,
  remark?: string,
): void {
  const outcome = run.settle(index, upload, ended);
  emit(run, upload, {
    event: "item.finished",
    status: outcome.status,
    graphicId: "graphicId" in outcome ? outcome.graphicId : null,
    url: "url" in outcome ? outcome.url : null,
    sha256: outcome.status === "uploaded" ? upload.image.sha256 : null,
    error: "error" in outcome ? outcome.error : (remark ?? null),
  });
}

async function failUnsent(run: RunState, index: number, upload: PlannedRow, problem: string) {
  await run.isDurable(() => run.effects.recorder.unsent(upload, problem));
  finish(run, index, upload, { status: "failed", error: problem });
}

async function attemptOnce(run: RunState, row: Row, attempt: number): Promise<Step> {
  const ticket = await run.pace.enter();
  if (!ticket) return { kind: "halted" };
  const attemptId = await recordIntent(run, row.upload, attempt);
  if (attemptId === undefined) {
    run.pace.leave(ticket);
    return { kind: "halted" };
  }
  if (run.isHalted || run.pace.isBraked()) return withhold(run, ticket, attemptId);
  emit(run, row.upload, { event: "item.started", attempt });
  const answer = await send(run, row.request);
  const decision = run.judge(answer, ticket, attempt);
  const finishedAt = run.isoTime();
  const record = attemptOutcome(decision, answer, finishedAt);
  const recorded = run.isDurable(() => run.effects.recorder.outcome(attemptId, record));
  if (decision.next === "done") {
    const { graphicId, url } = decision;
    const outcome = { status: "uploaded", graphicId, url, uploadedAt: finishedAt } as const;
    return { kind: "uploaded", told: finishUploaded(run, row, outcome, recorded) };
  }
  await recorded;
  return follow(run, row.upload, decision, attempt);
}

async function finishUploaded(
  run: RunState,
  { index, upload }: Row,
  outcome: Outcome,
  recorded: Promise<boolean>,
): Promise<void> {
  if (await recorded) return finish(run, index, upload, outcome);
  // The row keeps its id: the results CSV and the list of unrecorded ids are then the only record of it.
  run.keepUnrecorded(index);
  finish(run, index, upload, outcome, `not in the ledger: ${run.haltText}`);
}

async function recordIntent(run: RunState, upload: PlannedRow, attempt: number) {
  let attemptId: number | undefined;
  await run.isDurable(async () => {
    attemptId = await run.effects.recorder.intent(upload, attempt);
  });
  return attemptId;
}

/** An intent is never left waiting: a crash meanwhile would make it unknown for nothing. */
async function withhold(run: RunState, ticket: Ticket, attemptId: number): Promise<Step> {
  run.pace.leave(ticket);
  const why = run.isHalted ? "the run was stopped" : "the service asked to wait";
  const record = {
    result: "not-sent",
    graphicId: null,
    url: null,
    ...localFailure(`held back before its first byte: ${why}`),
    finishedAt: run.isoTime(),
  } as const;
  await run.isDurable(() => run.effects.recorder.outcome(attemptId, record));
  return run.isHalted ? { kind: "halted" } : { kind: "withheld" };
}

async function send(run: RunState, request: UploadRequest): Promise<Answer> {
  try {
    return await run.effects.send(request);
  } catch (error) {
    run.fail(error);
    return { kind: "lost", message: messageOf(error) };
  }
}

function follow(
  run: RunState,
  upload: PlannedRow,
  decision: Exclude<Decision, { next: "done" }>,
  attempt: number,
): Step {
  const error = formatFailure(decision.failure);
  if (decision.result === "failed" || decision.result === "unknown") {
    return { kind: "settled", outcome: { status: decision.result, error } };
  }
  if (decision.next === "stop" || run.isHalted) return { kind: "halted", error };
  const { delayMs, wholePool } = decision.wait;
  const { httpStatus } = decision.failure;
  emit(run, upload, { event: "item.retrying", attempt, delayMs, reason: error, httpStatus });
  return { kind: "refused", error, rowWaitMs: wholePool ? 0 : delayMs };
}

function attemptOutcome(decision: Decision, answer: Answer, finishedAt: string): AttemptOutcome {
  const { result } = decision;
  if (decision.next !== "done") {
    return { result, graphicId: null, url: null, ...decision.failure, finishedAt };
  }
  const { graphicId, url } = decision;
  const httpStatus = answer.kind === "answered" ? answer.httpStatus : null;
  const nothing = { errorCode: null, message: null, requestId: null };
  return { result, graphicId, url, httpStatus, ...nothing, finishedAt };
}

type Told =
  | { event: "item.started"; attempt: number }
  | {
      event: "item.retrying";
      attempt: number;
      delayMs: number;
      reason: string;
      httpStatus: number | null;
    }
  | Pick<ItemFinished, "event" | "status" | "graphicId" | "url" | "sha256" | "error">;

function emit(run: RunState, { row }: PlannedRow, told: Told): void {
  const { line, path, name, folder } = row;
  const time = run.isoTime();
  try {
    run.effects.emit({ version: 1, time, line, path, name, folder, ...told });
  } catch (error) {
    run.fail(error);
  }
}
