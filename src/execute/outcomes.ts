import type { Outcome } from "./outcome.ts";

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
