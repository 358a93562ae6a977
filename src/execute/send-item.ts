import type { Answer } from "./answer.ts";
import type { Decision } from "./decide.ts";
import type { Prepared, Told } from "./execute.ts";
import { formatFailure, localFailure, messageOf } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import type { Ticket } from "./pace.ts";
import type { AttemptOutcome } from "./record.ts";
import type { RunState } from "./run-state.ts";

/** An item that needs its place in the pool no more. */
export interface EndedItem {
  /** Resolves once the item is reported; never rejects. Undefined: it is. */
  told: Promise<void> | undefined;
}

const TOLD: EndedItem = { told: undefined };

/**
 * Takes one item to its outcome: it is made ready before anything waits for it, then attempt after attempt, each with a
 * durable intent before its first byte and a durable outcome before it is told (reliability: Ledger). The item's status
 * follows from its last attempt's recorded result: `refused` and `not-sent` mean `not-run`, the others are themselves.
 *
 * Resolves once the next item may have this one's place: when it is done, before that is durable, so that the next
 * item's intent shares the outcome's commit. The ledger takes writes in order, so no crash finds more intents without
 * an outcome than there are places.
 */
export async function sendItem<Item>(
  run: RunState<Item>,
  index: number,
  item: Item,
): Promise<EndedItem> {
  const { recorder } = run.effects;
  const prepared = await run.effects.prepare(item);
  if ("problem" in prepared) {
    await run.durable(() => recorder.unsent(item, prepared.problem));
    return finish(run, index, item, { status: "failed", error: prepared.problem });
  }
  let attempt = 1;
  let lastError: string | undefined;
  for (;;) {
    const ticket = await run.pace.enter();
    const attemptId = ticket && (await recordIntent(run, ticket, item, attempt));
    if (!ticket || attemptId === undefined) {
      return finish(run, index, item, notRun(run, lastError));
    }
    if (run.isHalted || run.pace.isBraked()) {
      await withhold(run, ticket, attemptId);
      continue;
    }
    emit(run, item, { event: "item.started", attempt });
    const answer = await send(run, prepared);
    const decision = run.judge(answer, ticket, attempt);
    const record = recordOf(decision, answer, run.isoTime());
    const recording = run.durable(() => recorder.outcome(attemptId, record));
    if (decision.next === "done") {
      const isRecorded = recording.then((recorded) => recorded !== undefined);
      return { told: finishDone(run, index, item, doneOutcome(decision, record), isRecorded) };
    }
    await recording;
    lastError = formatFailure(decision.failure);
    const ended = endOf(run, decision, lastError);
    if (ended) return finish(run, index, item, ended);
    await waitToRetry(run, item, attempt, decision);
    attempt += 1;
  }
}

/** Sets an item's outcome, as its request ended, and tells it. `remark` is for an outcome that has no error of its own. */
export function finish<Item>(
  run: RunState<Item>,
  index: number,
  item: Item,
  ended: Outcome,
  remark: string | null = null,
): EndedItem {
  const outcome = run.effects.outcomeOf?.(item, ended) ?? ended;
  run.outcomes[index] = outcome;
  if (ended.status === "failed") run.countFailure();
  emit(run, item, { event: "item.finished", outcome, remark });
  return TOLD;
}

/** What an item is that gets no chance any more; `lastError` is that of its last attempt, if there was one. */
export function notRun<Item>(run: RunState<Item>, lastError?: string): Outcome {
  return { status: "not-run", error: lastError ?? `not run: ${run.haltText}` };
}

async function finishDone<Item>(
  run: RunState<Item>,
  index: number,
  item: Item,
  outcome: Outcome,
  isRecorded: Promise<boolean>,
): Promise<void> {
  if (await isRecorded) return void finish(run, index, item, outcome);
  // The item keeps its id: the results CSV and the list of unrecorded ids are then the only record of it.
  run.unrecorded.add(index);
  finish(run, index, item, outcome, `not in the ledger: ${run.haltText}`);
}

/** Undefined, and the ticket given back, where the ledger could not take it. */
async function recordIntent<Item>(
  run: RunState<Item>,
  ticket: Ticket,
  item: Item,
  attempt: number,
): Promise<number | undefined> {
  const recorded = await run.durable(() => run.effects.recorder.intent(item, attempt));
  if (!recorded) run.pace.leave(ticket);
  return recorded?.value;
}

/** An intent is never left waiting: a crash meanwhile would make it unknown for nothing. */
async function withhold<Item>(
  run: RunState<Item>,
  ticket: Ticket,
  attemptId: number,
): Promise<void> {
  run.pace.leave(ticket);
  const why = run.isHalted ? "the run was stopped" : "the service asked to wait";
  const record = {
    result: "not-sent",
    graphicId: null,
    url: null,
    ...localFailure(`held back before its first byte: ${why}`),
    finishedAt: run.isoTime(),
  } as const;
  await run.durable(() => run.effects.recorder.outcome(attemptId, record));
}

async function send<Item>(run: RunState<Item>, prepared: Prepared): Promise<Answer> {
  try {
    return await prepared.send();
  } catch (error) {
    run.fail(error);
    return { kind: "lost", message: messageOf(error) };
  }
}

type Done = Extract<Decision, { next: "done" }>;
type Undone = Exclude<Decision, Done>;

function doneOutcome(done: Done, { finishedAt }: AttemptOutcome): Outcome {
  if (done.result === "deleted") return { status: "deleted" };
  const { graphicId, url } = done;
  return { status: "uploaded", graphicId, url, uploadedAt: finishedAt };
}

/** What an item is after an attempt that did not do it; undefined: it is tried again. */
function endOf<Item>(run: RunState<Item>, decision: Undone, error: string): Outcome | undefined {
  if (decision.next === "retry") return run.isHalted ? notRun(run, error) : undefined;
  const { result } = decision;
  if (result === "failed" || result === "unknown") return { status: result, error };
  return notRun(run, error);
}

async function waitToRetry<Item>(
  run: RunState<Item>,
  item: Item,
  attempt: number,
  decision: Undone,
): Promise<void> {
  if (decision.next !== "retry") return;
  const { wait, failure } = decision;
  const { delayMs, wholePool } = wait;
  const reason = formatFailure(failure);
  const { httpStatus } = failure;
  emit(run, item, { event: "item.retrying", attempt, delayMs, reason, httpStatus });
  if (!wholePool && delayMs > 0) await run.sleep(delayMs);
}

function recordOf(decision: Decision, answer: Answer, finishedAt: string): AttemptOutcome {
  const { result } = decision;
  if (decision.next !== "done") {
    return { result, graphicId: null, url: null, ...decision.failure, finishedAt };
  }
  const { graphicId, url } = decision;
  const httpStatus = answer.kind === "answered" ? answer.httpStatus : null;
  const nothing = { errorCode: null, message: null, requestId: null };
  return { result, graphicId, url, httpStatus, ...nothing, finishedAt };
}

function emit<Item>(run: RunState<Item>, item: Item, told: Told): void {
  try {
    run.effects.emit(item, told);
  } catch (error) {
    run.fail(error);
  }
}
