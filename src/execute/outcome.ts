/** What became of one row or graphic in this run; each starts as `not-run` and is overwritten. */
export type Outcome =
  | { status: "uploaded"; graphicId: string; url: string; uploadedAt: string }
  | { status: "deleted" }
  | { status: "failed"; error: string }
  | { status: "unknown"; error: string }
  | { status: "not-run"; error: string };

/** Why a run ended before its last row, and what the user can do. */
export interface Stopped {
  by: "user" | "service" | "network" | "wait" | "ledger" | "canary" | "failures";
  message: string;
  hint: string;
}

/**
 * The outcomes of a run, by the index of their items. What was uploaded is kept as an id and a time to the end of a
 * long run, in some 50 bytes a row: an object with all its texts takes five times that.
 */
export class Outcomes {
  readonly #urlOf: (graphicId: string) => string;
  readonly #graphicIds: (string | undefined)[];
  readonly #uploadedAtMs: Float64Array;
  readonly #others = new Map<number, Outcome>();

  constructor(count: number, urlOf: (graphicId: string) => string) {
    this.#urlOf = urlOf;
    this.#graphicIds = new Array<undefined>(count).fill(undefined);
    this.#uploadedAtMs = new Float64Array(count);
  }

  set(index: number, outcome: Outcome): void {
    if (outcome.status !== "uploaded") {
      this.#others.set(index, outcome);
      return;
    }
    this.#graphicIds[index] = outcome.graphicId;
    this.#uploadedAtMs[index] = Date.parse(outcome.uploadedAt);
  }

  /** Undefined where there is none yet. */
  get(index: number): Outcome | undefined {
    const graphicId = this.#graphicIds[index];
    if (graphicId === undefined) return this.#others.get(index);
    const uploadedAt = new Date(this.#uploadedAtMs[index] ?? 0).toISOString();
    return { status: "uploaded", graphicId, url: this.#urlOf(graphicId), uploadedAt };
  }
}

/** The `status` column of a results CSV. */
export type Status = Exclude<Outcome["status"], "deleted"> | "unchanged";

/** What is said of a row whose latest upload failed while an earlier one has got no answer. */
export function stillUnknown(error: string): string {
  return `${error}; an earlier upload got no answer`;
}
