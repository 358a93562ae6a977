/**
 * Failures of one kind in a row over the whole pool. Requests that had started before the last counted
 * failure met the same trouble: they do not count again, so that one blip under eight workers counts once.
 */
export class Streak {
  #length = 0;
  #countedBefore = 0;

  /** Counts the failure of request `sequence`, `nextSequence` being the next to be sent; gives the length. */
  add(sequence: number, nextSequence: number): number {
    if (sequence >= this.#countedBefore) {
      this.#length += 1;
      this.#countedBefore = nextSequence;
    }
    return this.#length;
  }

  /** Whether request `sequence` started after the last counted failure. */
  isAfter(sequence: number): boolean {
    return sequence >= this.#countedBefore;
  }

  /** Something else came back. */
  end(): void {
    this.#length = 0;
  }
}
