import { UserError } from "../user-error.ts";
import { decideNext } from "./decide.ts";
import type { Effects, Settings, Told } from "./effects.ts";
import {
  type Answer,
  messageOf,
  type NextStep,
  type Outcome,
  resumeHint,
  type Stopped,
  stillUnknown,
} from "./outcome.ts";
import { Outcomes } from "./outcomes.ts";
import { Pace, type Passage, type Ticket } from "./pace.ts";

/** Of several reasons the weightier is told; of two alike the first. */
const WEIGHT: Partial<Record<Stopped["by"], number>> = { ledger: 2, service: 1 };

/** So many uploads without an answer, with none that was well between them, stop the run. */
const MOST_LOST = 20;

// A service that words each notice anew must not fill the memory.
const MOST_NOTICES = 20;

/** What is said of an outcome that has no error of its own, see `Told`; and why a request of the item got no answer. */
interface Said {
  remark?: string | null;
  warning?: string | null;
  lostError?: string | undefined;
}

/** What the workers of one run share: which item is next, what is known, and whether to go on. */
export class RunState<Item> {
  readonly items: readonly Item[];
  readonly effects: Effects<Item>;
  readonly settings: Settings;
  readonly outcomes: Outcomes;
  readonly pace: Pace;
  readonly notices = new Set<string>();
  /** Ids that came in and are not recorded yet; once the run is over, those that the ledger did not take. */
  readonly unrecorded = new Set<string>();
  stopped: Stopped | undefined;
  defect: { error: unknown } | undefined;
  readonly #halt = new AbortController();
  #next = 0;
  #failures = 0;
  #lost = 0;

  constructor(items: readonly Item[], effects: Effects<Item>, settings: Settings) {
    this.items = items;
    this.effects = effects;
    this.settings = settings;
    this.outcomes = new Outcomes(items.length, (graphicId) => effects.urlOf(graphicId));
    this.pace = new Pace(settings, {
      now: () => effects.now(),
      sleep: (durationMs) => this.sleep(durationMs),
    });
  }

  /** Whether nothing more may be sent. */
  get isHalted(): boolean {
    return this.#halt.signal.aborted;
  }

  /** Why the run ended early. */
  get haltText(): string {
    return this.stopped?.message ?? messageOf(this.defect?.error ?? "the run ended early");
  }

  /** What an item is that gets no chance any more; `lastError` is that of its last attempt, if there was one. */
  notRun(lastError = `not run: ${this.haltText}`): Outcome {
    return { status: "not-run", error: lastError };
  }

  get #resumeHint(): string {
    return resumeHint(this.effects.isIdempotent);
  }

  /** The first Ctrl-C. */
  interrupt(): void {
    this.stop({ by: "user", message: "interrupted", hint: this.#resumeHint });
  }

  /** The next item before `end` to start; undefined when there is none or the run is halted. */
  takeNext(end: number): number | undefined {
    return this.isHalted || this.#next >= end ? undefined : this.#next++;
  }

  /** Whether there is an item before `end` left to start. */
  hasNext(end: number): boolean {
    return !this.isHalted && this.#next < end;
  }

  /** Sets an item's outcome, as its last request ended, and tells it. `lostError` is of one of its requests that got no answer. */
  finish(index: number, ended: Outcome, { remark = null, warning = null, lostError }: Said = {}) {
    const outcome = this.#outcomeOf(index, ended, lostError);
    this.outcomes.set(index, outcome);
    if (ended.status === "failed" && lostError === undefined) this.#countFailure();
    this.emit(index, { event: "item.finished", outcome, remark, warning });
  }

  /** Where an earlier request for the item got no answer, only an id makes it anything but unknown. */
  #outcomeOf(index: number, ended: Outcome, lostError: string | undefined): Outcome {
    if (ended.status !== "failed" && ended.status !== "not-run") return ended;
    const isUnanswered = this.effects.isUnanswered?.(this.items[index] as Item) ?? false;
    if (lostError === undefined && !isUnanswered) return ended;
    const { error } = ended;
    return { status: "unknown", error: error === lostError ? error : stillUnknown(error) };
  }

  /** Tells whoever watches of an item. */
  emit(index: number, told: Told): void {
    try {
      this.effects.emit(this.items[index] as Item, told, (why) => this.stop(why));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Too many failed items end the run. */
  #countFailure(): void {
    this.#failures += 1;
    if (this.#failures !== this.settings.maxFailures) return;
    const rows = this.#failures === 1 ? "1 row" : `${this.#failures} rows`;
    this.stop({
      by: "failures",
      message: `${rows} failed, and --max-failures allows no more`,
      hint: `look at what failed, then ${this.#resumeHint}`,
    });
  }

  /** Nothing more is sent from now on; what is under way ends by itself. */
  stop({ by, message, hint }: Stopped): void {
    const weight = WEIGHT[by] ?? 0;
    const isWeightier = !this.stopped || weight > (WEIGHT[this.stopped.by] ?? 0);
    if (isWeightier) this.stopped = { by, message, hint };
    this.#endWaits();
  }

  /** The recorder could not make something durable. */
  loseLedger(error: unknown): void {
    const told = error instanceof UserError ? error : undefined;
    this.stop({
      by: "ledger",
      message: told?.message ?? `the ledger could not be written: ${messageOf(error)}`,
      hint: told?.hint ?? `check the ledger's disk, then ${this.#resumeHint}`,
    });
  }

  /** Something threw that never should: our bug, told once everything under way is safe. */
  fail(error: unknown): void {
    this.defect ??= { error };
    this.#endWaits();
  }

  /** Now, as ISO 8601. */
  isoTime(): string {
    return new Date(this.effects.now()).toISOString();
  }

  /** Waits, or ends at once when the run is halted; never rejects. */
  async sleep(durationMs: number): Promise<void> {
    if (this.isHalted || durationMs <= 0) return;
    try {
      await this.effects.sleep(durationMs, this.#halt.signal);
    } catch (error) {
      if (!this.isHalted) this.fail(error);
    }
  }

  /** What `write` gives once it is durable; undefined, and the run halted, when it cannot be made so. */
  async durable<Value>(write: () => Promise<Value>): Promise<{ value: Value } | undefined> {
    try {
      return { value: await write() };
    } catch (error) {
      this.loseLedger(error);
      return undefined;
    }
  }

  /** What the first `count` items are by now. */
  outcomesOf(count: number): Outcome[] {
    return Array.from({ length: count }, (_, index) => this.outcomes.get(index) ?? this.notRun());
  }

  /** What follows from an answer, with its consequences for the whole pool; gives the ticket back. */
  judge(answer: Answer, ticket: Ticket, attempt: number): NextStep {
    if (answer.kind === "answered") this.#keepNotice(answer.notice);
    const { maxAttempts, maxWaitMs } = this.settings;
    const decision = decideNext(answer, {
      isIdempotent: this.effects.isIdempotent,
      isKeyed: this.effects.keys !== undefined,
      attempt,
      maxAttempts,
      maxWaitMs,
      streak: this.pace.note(ticket, passageOf(answer)),
      isKnownId: (graphicId) => this.#isKnownId(graphicId),
      random: () => this.effects.random(),
    });
    this.#countLost(decision);
    if (decision.next === "done" && decision.graphicId) this.unrecorded.add(decision.graphicId);
    if (decision.next === "stop") this.stop(decision);
    if ("wait" in decision && decision.wait?.wholePool) this.pace.brake(decision.wait.delayMs);
    this.pace.leave(ticket);
    return decision;
  }

  /** What each lost answer leaves is for a person to look up: twenty are enough. */
  #countLost({ result, next }: NextStep): void {
    if (next === "done") this.#lost = 0;
    if (result !== "unknown" || next === "retry" || this.effects.isIdempotent) return;
    this.#lost += 1;
    if (this.#lost !== MOST_LOST) return;
    this.stop({
      by: "network",
      message: `${MOST_LOST} uploads in a row got no answer that says what became of them`,
      hint: "look in the library, tell it with `qgfx resolve`, check the network, then run the same command again",
    });
  }

  #endWaits(): void {
    this.#halt.abort();
    this.pace.close();
  }

  #isKnownId(graphicId: string): boolean {
    if (this.unrecorded.has(graphicId)) return true;
    try {
      return this.effects.isKnownId(graphicId);
    } catch (error) {
      // The id must not be lost with the ledger.
      this.loseLedger(error);
      return false;
    }
  }

  #keepNotice(notice: string | null): void {
    if (notice !== null && this.notices.size < MOST_NOTICES) this.notices.add(notice);
  }
}

function passageOf(answer: Answer): Passage {
  if (answer.kind !== "answered") return answer.kind === "lost" ? "trouble" : "not-sent";
  if (answer.httpStatus === 429) return "throttled";
  return answer.httpStatus >= 500 || answer.httpStatus === 408 ? "trouble" : "good";
}
