import { type DeletionContext, type DeletionDecision, decideDeletion } from "./decide-deletion.ts";
import type { DeletionRecorder } from "./delete-record.ts";
import type { DeletionAnswer } from "./deletion-answer.ts";
import { formatFailure, messageOf } from "./failure.ts";
import { Pace, type Ticket } from "./pace.ts";
import type { Stopped } from "./run-state.ts";

/** Everything the executor of deletions does to the world, as arguments. */
export interface DeletionEffects {
  /** One DELETE; resolves however it ends. */
  send(graphicId: string): Promise<DeletionAnswer>;
  recorder: DeletionRecorder;
  /** For watching only. */
  emit(end: DeletionEnd): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends after `durationMs` or when the signal aborts; never rejects. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
  /** [0, 1) */
  random(): number;
}

export interface DeletionSettings {
  concurrency: number;
  ratePerMinute: number;
  maxWaitMs: number;
  maxAttempts: number;
  /** The first Ctrl-C: nothing new is sent, what is under way ends and is recorded. */
  stop: AbortSignal;
}

/** How one graphic's deletion ended. */
export interface DeletionEnd {
  graphicId: string;
  status: "deleted" | "failed" | "not-run";
  error: string | null;
}

/** What a run of deletions did. */
export interface DeletionExecution {
  /** In the order of the ids. */
  ends: DeletionEnd[];
  stopped: Stopped | undefined;
}

/**
 * Deletes graphics, `concurrency` at a time, each attempt with a durable intent before its first byte and a
 * durable outcome before it is told. Never rejects for the service or the ledger; those stop the run.
 */
export async function executeDeletions(
  graphicIds: readonly string[],
  effects: DeletionEffects,
  settings: DeletionSettings,
): Promise<DeletionExecution> {
  const run = new DeletionState(effects, settings);
  const ends = graphicIds.map(
    (graphicId): DeletionEnd => ({ graphicId, status: "not-run", error: null }),
  );
  const pending = ends.values();
  const worker = async () => {
    for (const end of pending) {
      Object.assign(end, await run.deleteOne(end.graphicId));
      effects.emit(end);
    }
  };
  await Promise.all(Array.from({ length: settings.concurrency }, worker));
  run.end();
  return { ends, stopped: run.stopped };
}

/** What the workers of one run share. */
class DeletionState {
  stopped: Stopped | undefined;
  readonly #effects: DeletionEffects;
  readonly #settings: DeletionSettings;
  readonly #pace: Pace;
  readonly #halt = new AbortController();
  readonly #interrupt = (): void =>
    this.#stop({ by: "user", message: "interrupted", hint: "run the same command again" });

  constructor(effects: DeletionEffects, settings: DeletionSettings) {
    this.#effects = effects;
    this.#settings = settings;
    this.#pace = new Pace(settings, {
      now: () => effects.now(),
      sleep: (durationMs) => this.#sleep(durationMs),
    });
    if (settings.stop.aborted) this.#interrupt();
    settings.stop.addEventListener("abort", this.#interrupt);
  }

  end(): void {
    this.#settings.stop.removeEventListener("abort", this.#interrupt);
  }

  /** One graphic, attempt after attempt, until it is gone, failed, or the run is halted. */
  async deleteOne(graphicId: string): Promise<Pick<DeletionEnd, "status" | "error">> {
    let lastError: string | null = null;
    for (let attempt = 1; ; attempt += 1) {
      const ticket = await this.#pace.enter();
      if (!ticket) return { status: "not-run", error: lastError ?? this.stopped?.message ?? null };
      const decision = await this.#attempt(graphicId, attempt, ticket);
      if (!decision) return { status: "not-run", error: this.stopped?.message ?? null };
      if (decision.next === "done") return { status: "deleted", error: null };
      lastError = formatFailure(decision.failure);
      if (decision.next !== "retry") return { status: "failed", error: lastError };
      if (!decision.wait.wholePool) await this.#sleep(decision.wait.delayMs);
    }
  }

  /** Undefined where the ledger could not take the intent, and nothing was sent. */
  async #attempt(
    graphicId: string,
    attempt: number,
    ticket: Ticket,
  ): Promise<DeletionDecision | undefined> {
    const { recorder, send } = this.#effects;
    const attemptId = await this.#durable(() => recorder.intent(graphicId, attempt));
    if (attemptId === undefined) {
      this.#pace.leave(ticket);
      return undefined;
    }
    const answer = await send(graphicId);
    const decision = this.#judge(answer, ticket, attempt);
    const outcome = this.#outcomeOf(decision, answer);
    // Where this fails the intent stays, and the next run asks again.
    await this.#durable(() => recorder.outcome(attemptId, graphicId, outcome));
    return decision;
  }

  /** Undefined, and the run halted, where the ledger could not take it. */
  async #durable<T>(write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await write();
    } catch (error) {
      const hint = "see to the ledger's disk, then run the same command again";
      this.#stop({ by: "ledger", message: messageOf(error), hint });
      return undefined;
    }
  }

  #judge(answer: DeletionAnswer, ticket: Ticket, attempt: number): DeletionDecision {
    const { maxAttempts, maxWaitMs } = this.#settings;
    const streak = this.#pace.note(ticket, passageOf(answer));
    const random = () => this.#effects.random();
    const context: DeletionContext = { attempt, maxAttempts, maxWaitMs, streak, random };
    const decision = decideDeletion(answer, context);
    if (decision.next === "stop") this.#stop(decision);
    if (decision.next === "retry" && decision.wait.wholePool) {
      this.#pace.brake(decision.wait.delayMs);
    }
    this.#pace.leave(ticket);
    return decision;
  }

  #outcomeOf(decision: DeletionDecision, answer: DeletionAnswer) {
    const { result } = decision;
    const finishedAt = new Date(this.#effects.now()).toISOString();
    if (decision.next !== "done") return { result, ...decision.failure, finishedAt };
    const httpStatus = answer.kind === "answered" ? answer.httpStatus : null;
    return { result, httpStatus, errorCode: null, message: null, requestId: null, finishedAt };
  }

  #stop({ by, message, hint }: Stopped): void {
    this.stopped ??= { by, message, hint };
    this.#halt.abort();
    this.#pace.close();
  }

  #sleep(durationMs: number): Promise<void> {
    return this.#effects.sleep(durationMs, this.#halt.signal);
  }
}

function passageOf(answer: DeletionAnswer) {
  if (answer.kind === "not-sent") return "not-sent";
  if (answer.kind === "lost") return "trouble";
  if (answer.httpStatus === 429) return "throttled";
  return answer.httpStatus >= 500 || answer.httpStatus === 408 ? "trouble" : "good";
}
