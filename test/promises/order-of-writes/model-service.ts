import type { Answer } from "../../../src/execute/outcome.ts";
import type { ManifestRow } from "../../../src/manifest/manifest.ts";
import { answerOf, type Fault, isBinding, isFinal, SMOOTH } from "./fault.ts";
import type { ModelLedger } from "./model-ledger.ts";

export const OLD_ID = "IM_oldoldoldol";

/** What the model goes by. */
export interface ModelServicePlan {
  /** What happens to the first request, the second … and nothing to those after. */
  faults: readonly Fault[];
  concurrency: number;
  maxAttempts: number;
  /** Where a row's requests have one key: how long the service makes one graphic of those that were sent, in ms. */
  keysLastMs: number | undefined;
  ledger: ModelLedger;
  now(): number;
  delay(what: string): Promise<void>;
}

/** What the service itself knows, and every request that should not have come. */
export class ModelService {
  readonly faults: string[] = [];
  readonly stored: { id: string; name: string }[] = [];
  /** Ids that reached the client in full. */
  readonly received = new Set<string>();
  /** Nothing may be sent any more, and why. */
  closed: string | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #underWay = 0;
  #requests = 0;
  readonly #sentOf = new Map<string, number>();
  readonly #firstMs = new Map<string, number>();
  readonly #plan: ModelServicePlan;

  constructor(plan: ModelServicePlan) {
    this.#plan = plan;
  }

  async send({ name }: ManifestRow): Promise<Answer> {
    const { faults, now, delay } = this.#plan;
    this.#check(name);
    const isKnown = now() - (this.#firstMs.get(name) ?? 0) <= (this.#plan.keysLastMs ?? -1);
    const fault = faults[this.#requests] ?? SMOOTH;
    this.#requests += 1;
    this.#underWay += 1;
    if (fault.kind !== "not-sent") await delay(`arrival of ${name}`);
    const id = fault.isStored ? this.#store(name, isKnown) : null;
    const told = this.#toldId(fault, id);
    await delay(`answer to ${name}`);
    this.#underWay -= 1;
    if (fault.kind === "answer" && told !== null) this.received.add(told);
    if (isBinding(fault)) {
      this.#notBeforeMs = Math.max(this.#notBeforeMs, now() + (fault.retryAfterMs ?? 0));
    }
    if (isFinal(fault)) this.closed ??= `HTTP ${fault.httpStatus}`;
    return answerOf(fault, told);
  }

  /** Addresses that hold more than one graphic. */
  duplicates(): string[] {
    const names = this.stored.map(({ name }) => name);
    return names.filter((name, index) => names.indexOf(name) !== index);
  }

  #check(name: string): void {
    const { concurrency, maxAttempts, ledger, now } = this.#plan;
    if (!this.#firstMs.has(name)) this.#firstMs.set(name, now());
    const sent = (this.#sentOf.get(name) ?? 0) + 1;
    this.#sentOf.set(name, sent);
    const last = ledger.lastOf(name);
    const checks: [boolean, string][] = [
      [!last || last.outcome !== undefined, `${name} was sent without a durable intent`],
      [now() < this.#notBeforeMs, `${name} was sent ${this.#notBeforeMs - now()} ms too early`],
      [this.closed !== undefined, `${name} was sent after ${this.closed}`],
      [ledger.hasFailed, `${name} was sent after the ledger failed`],
      [this.#underWay >= concurrency, `${name} was sent beside ${this.#underWay} others`],
      [sent > maxAttempts, `${name} was sent ${sent} times`],
    ];
    for (const [isWrong, words] of checks) if (isWrong) this.faults.push(words);
  }

  #store(name: string, isKnown: boolean): string {
    const known = isKnown ? this.stored.find((one) => one.name === name) : undefined;
    if (known) return known.id;
    const id = `IM_${String(this.stored.length).padStart(11, "0")}`;
    this.stored.push({ id, name });
    return id;
  }

  #toldId({ kind, httpStatus, id }: Fault, own: string | null): string | null {
    if (kind !== "answer" || httpStatus !== 200 || id === "none") return null;
    if (id === "old") return OLD_ID;
    return id === "earlier" ? (this.stored[0]?.id ?? null) : own;
  }
}
