import { UserError } from "../user-error.ts";
import type { Answer } from "./answer.ts";
import { type Decision, decideNext, resumeHint } from "./decide.ts";
import type { Effects, Settings } from "./execute.ts";
import { messageOf } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import { Pace, type Passage, type Ticket } from "./pace.ts";

/** Why a run ended before its last row, and what the user can do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/** Of several reasons the weightier is told; of two alike the first. */
const WEIGHT: Partial<Record<Stopped["by"], number>> = { ledger: 2, service: 1 };

// A service that words each notice anew must not fill the memory.
const MOST_NOTICES = 20;

/** What the workers of one run share: which item is next, what is known, and whether to go on. */
export class RunState<Item> {
  readonly items: readonly Item[];
  readonly effects: Effects<Item>;
  readonly settings: Settings;
  readonly outcomes: (Outcome | undefined)[];
  readonly pace: Pace;
  readonly notices = new Set<string>();
  /** Indexes of items whose id is in no ledger. */
  readonly unrecorded = new Set<number>();
  stopped: Stopped | undefined;
  defect: { error: unknown } | undefined;
  readonly #halt = new AbortController();
  readonly #ids = new Set<string>();
  #next = 0;
  #failures = 0;

  constructor(items: readonly Item[], effects: Effects<Item>, settings: Settings) {
    this.items = items;
    this.effects = effects;
    this.settings = settings;
    this.outcomes = items.map(() => undefined);
    this.pace = new Pace(settings, {
      now: () => effects.now(),
      sleep: (durationMs) => this.sleep(durationMs),
    });
  }

  /** Whether nothing more may be sent. */
  get isHalted(): boolean {
    return this.#halt.signal.aborted;
  }

  /** Why an item that gets no chance any more was not run. */
  get haltText(): string {
    return this.stopped?.message ?? messageOf(this.defect?.error ?? "the run ended early");
  }

  /** What a user who stopped the run, or has to mend something, does next. */
  get resumeHint(): string {
    return resumeHint(this.effects.isIdempotent);
  }

  /** The next item before `end` to start; undefined when there is none or the run is halted. */
  takeNext(end: number): number | undefined {
    return this.isHalted || this.#next >= end ? undefined : this.#next++;
  }

  /** An item failed; too many end the run. */
  countFailure(): void {
    this.#failures += 1;
    if (this.#failures !== this.settings.maxFailures) return;
    const rows = this.#failures === 1 ? "1 row" : `${this.#failures} rows`;
    this.stop({
      by: "failures",
      message: `${rows} failed, and --max-failures allows no more`,
      hint: `look at what failed, then ${this.resumeHint}`,
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
      hint: told?.hint ?? `see to the ledger's disk, then ${this.resumeHint}`,
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
    try {
      if (!this.isHalted) await this.effects.sleep(durationMs, this.#halt.signal);
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

  /** What follows from an answer, with its consequences for the whole pool; gives the ticket back. */
  judge(answer: Answer, ticket: Ticket, attempt: number): Decision {
    if (answer.kind === "answered") this.#keepNotice(answer.notice);
    const { maxAttempts, maxWaitMs } = this.settings;
    const decision = decideNext(answer, {
      isIdempotent: this.effects.isIdempotent,
      attempt,
      maxAttempts,
      maxWaitMs,
      streak: this.pace.note(ticket, passageOf(answer)),
      isKnownId: (graphicId) => this.#isKnownId(graphicId),
      random: () => this.effects.random(),
    });
    if (decision.next === "done" && decision.graphicId !== null) this.#ids.add(decision.graphicId);
    if (decision.next === "stop") this.stop(decision);
    if ("wait" in decision && decision.wait?.wholePool) this.pace.brake(decision.wait.delayMs);
    this.pace.leave(ticket);
    return decision;
  }

  #endWaits(): void {
    this.#halt.abort();
    this.pace.close();
  }

  #isKnownId(graphicId: string): boolean {
    if (this.#ids.has(graphicId)) return true;
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
  if (answer.kind === "not-sent") return "not-sent";
  if (answer.kind === "lost") return "trouble";
  if (answer.httpStatus === 429) return "throttled";
  return answer.httpStatus >= 500 || answer.httpStatus === 408 ? "trouble" : "good";
}
