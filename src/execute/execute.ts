import type { Effects, Prepared, Settings } from "./effects.ts";
import {
  type Answer,
  type AttemptOutcome,
  formatFailure,
  localFailure,
  messageOf,
  type NextStep,
  type Outcome,
  type Stopped,
} from "./outcome.ts";
import type { Ticket } from "./pace.ts";
import { LostRequests } from "./retry.ts";
import { RunState } from "./run-state.ts";

/** What a run did. */
export interface Executed {
  /** In the order of the items; made anew each time it is asked for. */
  readonly outcomes: Outcome[];
  stopped: Stopped | undefined;
  /** Distinct notices of the service (qualtrics-api: Hosts). */
  notices: string[];
  /** Ids that the ledger did not take. */
  unrecorded: ReadonlySet<string>;
  /** What an effect threw that never should: our bug, to be thrown on once the results are written. */
  defect?: { error: unknown } | undefined;
}

/**
 * Stage 3: sends what is to be done for each item, some at a time, and gives one outcome each. Never rejects:
 * a ledger that fails or an effect that throws ends the run, and whatever is under way is still waited for, so that no
 * id is lost. Items that got no chance are `not-run`, and told so once the last request has ended.
 */
export async function execute<Item>(
  items: readonly Item[],
  effects: Effects<Item>,
  settings: Settings,
): Promise<Executed> {
  const run = new RunState(items, effects, settings);
  const interrupt = () => run.interrupt();
  if (settings.stop.aborted) interrupt();
  settings.stop.addEventListener("abort", interrupt);
  await sendFirst(run);
  await sendUpTo(run, items.length);
  settings.stop.removeEventListener("abort", interrupt);
  for (const index of items.keys()) {
    if (!run.outcomes.get(index)) run.finish(index, run.notRun());
  }
  const { stopped, unrecorded, defect } = run;
  return {
    get outcomes() {
      return run.outcomesOf(items.length);
    },
    stopped,
    notices: [...run.notices],
    unrecorded,
    defect,
  };
}

async function sendFirst<Item>(run: RunState<Item>): Promise<void> {
  const { first } = run.effects;
  if (!first) return;
  await sendUpTo(run, first.count);
  if (run.isHalted) return;
  try {
    const sent = run.outcomesOf(Math.min(first.count, run.items.length));
    const stopped = await first.check(sent);
    if (stopped) run.stop(stopped);
  } catch (error) {
    run.fail(error);
  }
}

/** Sends every item before `end` that has not been sent, with as many workers as the pace has places by then. */
async function sendUpTo<Item>(run: RunState<Item>, end: number): Promise<void> {
  const last = Math.min(end, run.items.length);
  let workers = 0;
  const takeNext = (): number | undefined => {
    const index = workers > run.pace.places ? undefined : run.takeNext(last);
    if (index === undefined) workers -= 1;
    return index;
  };
  /** One place in the pool: an item after the other. Resolves once its items, and those of who came after it, are told. */
  const work = async (): Promise<void> => {
    const others: Promise<void>[] = [];
    let lastTold: Promise<void> | undefined;
    for (let index = takeNext(); index !== undefined; index = takeNext()) {
      try {
        const { told } = await sendItem(run, index);
        await lastTold;
        lastTold = told;
      } catch (error) {
        run.fail(error);
      }
      others.push(...fill());
    }
    await lastTold;
    await Promise.all(others);
  };
  const fill = (): Promise<void>[] => {
    const started: Promise<void>[] = [];
    while (workers < run.pace.places && run.hasNext(last)) {
      workers += 1;
      started.push(work());
    }
    return started;
  };
  await Promise.all(fill());
}

/**
 * Takes one item to its outcome: it is made ready before anything waits for it, then attempt after attempt, each with a
 * durable intent before its first byte and a durable outcome before it is told (reliability: Ledger). The item's status
 * follows from its last attempt's recorded result: `refused` and `not-sent` mean `not-run`, the others are themselves.
 *
 * Resolves once the next item may have this one's place: when it is done, before that is durable, so that the next
 * item's intent shares the outcome's commit. The ledger takes writes in order, so no crash finds more intents without
 * an outcome than there are places. `told` resolves once the item is reported, and never rejects; undefined: it is.
 */
async function sendItem<Item>(
  run: RunState<Item>,
  index: number,
): Promise<{ told?: Promise<void> }> {
  const item = run.items[index] as Item;
  const { recorder } = run.effects;
  const lost = new LostRequests(run.effects, item);
  const end = (outcome: Outcome) => {
    run.finish(index, outcome, { lostError: lost.error });
    return {};
  };
  const prepared = await run.effects.prepare(item);
  if ("problem" in prepared) {
    await run.durable(() => recorder.unsent(item, prepared.problem));
    return end({ status: "failed", error: prepared.problem });
  }
  let attempt = 1;
  let lastError: string | undefined;
  for (;;) {
    const ticket = await enter(run, lost);
    if (!ticket) return end(run.notRun(lost.whyNotRun(lastError, run.isHalted)));
    const intent = await run.durable(() => recorder.intent(item, attempt));
    if (!intent || run.isHalted || run.pace.isBraked() || lost.isTooLate) {
      await withhold(run, ticket, intent?.value);
      continue;
    }
    run.emit(index, { event: "item.started", attempt });
    lost.sending();
    const answer = await send(run, prepared);
    const decision = run.judge(answer, ticket, attempt);
    const record = recordOf(run, decision, answer);
    const recorded = run.durable(() => recorder.outcome(intent.value, record));
    if (decision.next === "done") return { told: finishDone(run, index, record, recorded) };
    await recorded;
    lastError = formatFailure(decision.failure);
    if (decision.next !== "retry") return end(undoneOutcome(decision.result, lastError));
    lost.ended(decision.result, lastError);
    if (run.isHalted) return end(run.notRun(lastError));
    const { delayMs, wholePool } = decision.wait;
    const { httpStatus } = decision.failure;
    run.emit(index, { event: "item.retrying", attempt, delayMs, reason: lastError, httpStatus });
    await run.sleep(wholePool ? 0 : delayMs);
    attempt += 1;
  }
}

/** Leave to send; undefined once nothing more is sent, or where the service may have forgotten the item's key. */
async function enter<Item>(run: RunState<Item>, lost: LostRequests<Item>) {
  const ticket = await run.pace.enter();
  if (!ticket || !lost.isTooLate) return ticket;
  run.pace.leave(ticket);
  return undefined;
}

/** An intent is never left waiting: a crash meanwhile would make it unknown for nothing. */
async function withhold<Item>(
  run: RunState<Item>,
  ticket: Ticket,
  attemptId: number | undefined,
): Promise<void> {
  run.pace.leave(ticket);
  if (attemptId === undefined) return;
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

function recordOf<Item>(run: RunState<Item>, decision: NextStep, answer: Answer): AttemptOutcome {
  const finishedAt = run.isoTime();
  const { result } = decision;
  if (decision.next !== "done") {
    return { result, graphicId: null, url: null, ...decision.failure, finishedAt };
  }
  const { graphicId } = decision;
  const url = graphicId && run.effects.urlOf(graphicId);
  const { httpStatus, warning } = answer.kind === "answered" ? answer : UNANSWERED;
  const { errorCode, message, requestId } = warning ?? SAID_NOTHING;
  return { result, graphicId, url, httpStatus, errorCode, message, requestId, finishedAt };
}

const UNANSWERED = { httpStatus: null, warning: null };
const SAID_NOTHING = { errorCode: null, message: null, requestId: null };

async function finishDone<Item>(
  run: RunState<Item>,
  index: number,
  { graphicId, url, finishedAt, message, ...record }: AttemptOutcome,
  recorded: Promise<object | undefined>,
): Promise<void> {
  const outcome: Outcome =
    graphicId === null || url === null
      ? { status: "deleted" }
      : { status: "uploaded", graphicId, url, uploadedAt: finishedAt };
  // Of what was done, a message is a warning.
  const warning = message === null ? null : formatFailure({ ...record, message });
  if (await recorded) {
    if (graphicId) run.unrecorded.delete(graphicId);
    return run.finish(index, outcome, { warning });
  }
  // The item keeps its id: the results CSV and the list of unrecorded ids are then the only record of it.
  run.finish(index, outcome, { warning, remark: `not in the ledger: ${run.haltText}` });
}

function undoneOutcome(result: AttemptOutcome["result"], error: string): Outcome {
  const isOver = result === "failed" || result === "unknown";
  return { status: isOver ? result : "not-run", error };
}
