import type { PlannedRow } from "../plan/planned-row.ts";
import { UserError } from "../user-error.ts";
import type { Answer } from "./answer.ts";
import { type Decision, decideNext, RESUME } from "./decide.ts";
import type { Effects, ExecuteSettings, Execution } from "./execute-uploads.ts";
import { messageOf } from "./failure.ts";
import type { Outcome } from "./outcome.ts";
import { OutcomeStore, UNTRIED } from "./outcome-store.ts";
import { Pace, type Passage, type Ticket } from "./pace.ts";
import { outcomeOf } from "./still-unknown.ts";

/** Why a run ended before its last row, and what the user can do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/** Of several reasons the weightier is told; of two alike the first. */
const WEIGHT = {
  ledger: 2,
  service: 1,
  user: 0,
  network: 0,
  wait: 0,
  canary: 0,
  failures: 0,
} as const;

// A service that words each notice anew must not fill the memory.
const MOST_NOTICES = 20;

/** What the workers of one run share: which row is next, what is known, and whether to go on. */
export class RunState {
  readonly effects: Effects;
  readonly uploads: readonly PlannedRow[];
  readonly outcomes: OutcomeStore;
  readonly pace: Pace;
  readonly #settings: ExecuteSettings;
  readonly #halt = new AbortController();
  /** Ids of this run whose rows have no outcome yet; as few as there are places. */
  #arriving: string[] = [];
  readonly #notices = new Set<string>();
  readonly #unrecordedRows = new Set<number>();
  #isoTime = { ofMs: Number.NaN, text: "" };
  #next = 0;
  #failures = 0;
  #stopped: Stopped | undefined;
  #defect: { error: unknown } | undefined;

  constructor(uploads: readonly PlannedRow[], effects: Effects, settings: ExecuteSettings) {
    this.effects = effects;
    this.uploads = uploads;
    this.#settings = settings;
    this.outcomes = new OutcomeStore(uploads.length);
    this.pace = new Pace(settings, {
      now: () => effects.now(),
      sleep: (durationMs) => this.sleep(durationMs),
    });
  }

  /** Whether nothing more may be sent. */
  get isHalted(): boolean {
    return this.#halt.signal.aborted;
  }

  /** Why a row that gets no chance any more was not run. */
  get haltText(): string {
    return this.#stopped?.message ?? messageOf(this.#defect?.error ?? "the run ended early");
  }

  /** The next row before `end` to start; undefined when there is none or the run is halted. */
  takeRow(end: number): number | undefined {
    const isOver = this.#next >= Math.min(end, this.uploads.length);
    return this.isHalted || isOver ? undefined : this.#next++;
  }

  /** A row's upload has ended; too many failed ones end the run. Gives what the row is now. */
  settle(index: number, upload: PlannedRow, ended: Outcome): Outcome {
    const outcome = outcomeOf(upload, ended);
    this.outcomes.set(index, outcome);
    if (ended.status === "uploaded") this.#settleId(ended.graphicId);
    if (ended.status === "failed") this.#countFailure();
    return outcome;
  }

  #countFailure(): void {
    this.#failures += 1;
    if (this.#failures !== this.#settings.maxFailures) return;
    const rows = this.#failures === 1 ? "1 row" : `${this.#failures} rows`;
    this.stop({
      by: "failures",
      message: `${rows} failed, and --max-failures allows no more`,
      hint: `look at what failed, then ${RESUME}`,
    });
  }

  #settleId(graphicId: string): void {
    this.#arriving = this.#arriving.filter((id) => id !== graphicId);
  }

  /** Nothing more is sent from now on; what is under way ends by itself. */
  stop(stopped: Stopped): void {
    if (!this.#stopped || WEIGHT[stopped.by] > WEIGHT[this.#stopped.by]) this.#stopped = stopped;
    this.#endWaits();
  }

  /** The recorder could not make something durable. */
  loseLedger(error: unknown): void {
    const told = error instanceof UserError ? error : undefined;
    this.stop({
      by: "ledger",
      message: told?.message ?? `the ledger could not be written: ${messageOf(error)}`,
      hint: told?.hint ?? `see to the ledger's disk, then ${RESUME}`,
    });
  }

  /** Something threw that never should: our bug, told once everything under way is safe. */
  fail(error: unknown): void {
    this.#defect ??= { error };
    this.#endWaits();
  }

  /** Now, as ISO 8601; many calls share a millisecond. */
  isoTime(): string {
    const nowMs = this.effects.now();
    if (nowMs !== this.#isoTime.ofMs) {
      this.#isoTime = { ofMs: nowMs, text: new Date(nowMs).toISOString() };
    }
    return this.#isoTime.text;
  }

  /** Waits, or ends at once when the run is halted; never rejects. */
  async sleep(durationMs: number): Promise<void> {
    try {
      if (!this.isHalted) await this.effects.sleep(durationMs, this.#halt.signal);
    } catch (error) {
      if (!this.isHalted) this.fail(error);
    }
  }

  /** Whether `write` is durable; when not, the run is halted. */
  async isDurable(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      this.loseLedger(error);
      return false;
    }
  }

  /** What follows from an answer, with its consequences for the whole pool; gives the ticket back. */
  judge(answer: Answer, ticket: Ticket, attempt: number): Decision {
    if (answer.kind === "answered") this.#keepNotice(answer.notice);
    const { maxAttempts, maxWaitMs } = this.#settings;
    const decision = decideNext(answer, {
      attempt,
      maxAttempts,
      maxWaitMs,
      streak: this.pace.note(ticket, passageOf(answer)),
      isKnownId: (graphicId) => this.#isKnownId(graphicId),
      random: () => this.effects.random(),
    });
    if (decision.next === "done") this.#arriving.push(decision.graphicId);
    if (decision.next === "stop") this.stop(decision);
    if ("wait" in decision && decision.wait?.wholePool) this.pace.brake(decision.wait.delayMs);
    this.pace.leave(ticket);
    return decision;
  }

  /** Remembers that a row's id is in no ledger. */
  keepUnrecorded(index: number): void {
    this.#unrecordedRows.add(index);
  }

  /** Rows that have no outcome of their own. */
  *untriedRows(): Generator<number> {
    for (const index of this.uploads.keys()) if (this.outcomes.get(index) === UNTRIED) yield index;
  }

  /** The run as its caller sees it. */
  execution(): Execution {
    const { outcomes } = this;
    return {
      get outcomes() {
        return outcomes.toArray();
      },
      stopped: this.#stopped && pick(this.#stopped),
      notices: [...this.#notices],
      unrecorded: this.#stopped?.by === "ledger" ? [...this.#receivedIds()] : [],
      ...(this.#defect && { defect: this.#defect.error }),
    };
  }

  #endWaits(): void {
    this.#halt.abort();
    this.pace.close();
  }

  #isKnownId(graphicId: string): boolean {
    if (this.#arriving.includes(graphicId) || this.outcomes.hasId(graphicId)) return true;
    try {
      return this.effects.isKnownId(graphicId);
    } catch (error) {
      // The id must not be lost with the ledger.
      this.loseLedger(error);
      return false;
    }
  }

  #keepNotice(notice: string | null): void {
    if (notice !== null && this.#notices.size < MOST_NOTICES) this.#notices.add(notice);
  }

  *#receivedIds(): Generator<Execution["unrecorded"][number]> {
    for (const [index, { row }] of this.uploads.entries()) {
      const outcome = this.outcomes.get(index);
      if (outcome.status !== "uploaded") continue;
      const { line, path, folder, name } = row;
      const { graphicId, url } = outcome;
      const recorded = !this.#unrecordedRows.has(index);
      yield { line, path, folder, name, graphicId, url, recorded };
    }
  }
}

function pick({ by, message, hint }: Stopped): Stopped {
  return { by, message, hint };
}

function passageOf(answer: Answer): Passage {
  if (answer.kind === "not-sent") return "not-sent";
  if (answer.kind === "lost") return "trouble";
  if (answer.httpStatus === 429) return "throttled";
  return answer.httpStatus >= 500 || answer.httpStatus === 408 ? "trouble" : "good";
}
