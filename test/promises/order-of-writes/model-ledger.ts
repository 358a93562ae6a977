import type { Recorder } from "../../../src/execute/effects.ts";
import type { AttemptOutcome } from "../../../src/execute/outcome.ts";
import type { PlannedRow } from "../../../src/plan/planned-row.ts";

interface Attempt {
  id: number;
  name: string;
  number: number;
  outcome: AttemptOutcome | undefined;
}

/** When the ledger's writes fail: from which write on, and whether later ones succeed again. */
export interface LedgerFault {
  fromWrite: number;
  isLasting: boolean;
}

/** A ledger that is durable when `write` says so, and checks what it is told. */
export class ModelLedger implements Recorder {
  readonly attempts: Attempt[] = [];
  readonly unsentNames = new Set<string>();
  readonly faults: string[] = [];
  hasFailed = false;
  #writes = 0;
  #lastWrite = Promise.resolve();
  readonly #fault: LedgerFault | undefined;
  readonly #delay: (what: string) => Promise<void>;
  readonly #isKeyed: boolean;

  constructor(
    delay: (what: string) => Promise<void>,
    fault: LedgerFault | undefined,
    isKeyed = false,
  ) {
    this.#delay = delay;
    this.#fault = fault;
    this.#isKeyed = isKeyed;
  }

  async intent({ row: { name } }: PlannedRow, number: number): Promise<number> {
    await this.#write(`intent ${name}`);
    const before = this.lastOf(name)?.outcome?.result;
    const isRepeat = this.#isKeyed && before === "unknown";
    if (this.lastOf(name) && before !== "refused" && before !== "not-sent" && !isRepeat) {
      this.faults.push(`an intent for ${name} after ${before}`);
    }
    const id = this.attempts.length + 1;
    this.attempts.push({ id, name, number, outcome: undefined });
    return id;
  }

  async outcome(attemptId: number, outcome: AttemptOutcome): Promise<void> {
    await this.#write(`outcome ${attemptId}`);
    const attempt = this.attempts[attemptId - 1];
    if (!attempt || attempt.outcome) this.faults.push(`a second outcome for attempt ${attemptId}`);
    else attempt.outcome = outcome;
  }

  async unsent({ row: { name } }: PlannedRow): Promise<void> {
    await this.#write(`unsent ${name}`);
    this.unsentNames.add(name);
  }

  /** The newest attempt of a row. */
  lastOf(name: string): Attempt | undefined {
    return this.attempts.findLast((attempt) => attempt.name === name);
  }

  /** The row an attempt was made for. */
  nameOf(attemptId: number): string | undefined {
    return this.attempts[attemptId - 1]?.name;
  }

  hasId(graphicId: string): boolean {
    return this.attempts.some(({ outcome }) => outcome?.graphicId === graphicId);
  }

  /** Intents without an outcome: what the next run would find unknown. */
  open(): number {
    return this.attempts.filter(({ outcome }) => !outcome).length;
  }

  /** The status that follows from what is recorded of a row. */
  statusOf(name: string): string {
    if (this.unsentNames.has(name)) return "failed";
    const result = this.lastOf(name)?.outcome?.result;
    const wasLost = this.attempts.some(
      (one) => one.name === name && one.outcome?.result === "unknown",
    );
    if (wasLost && result !== "uploaded") return "unknown";
    if (result === "uploaded" || result === "failed" || result === "unknown") return result;
    return this.lastOf(name) && !result ? "open" : "not-run";
  }

  /** One write after the other, in the order they were asked for, as `Recorder` promises. */
  async #write(what: string): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(() => this.#delay(what));
    await this.#lastWrite;
    this.#writes += 1;
    if (!this.#fault || this.#writes < this.#fault.fromWrite) return;
    if (this.#writes > this.#fault.fromWrite && !this.#fault.isLasting) return;
    this.hasFailed = true;
    throw new Error("EIO: i/o error");
  }
}
