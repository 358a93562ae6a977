const BUCKETS = 60;
const BUCKET_MS = 1_000;

/** How many things happened in the last minute, to the second. Instants must not step back. */
export class MinuteCount {
  readonly #counts = new Array<number>(BUCKETS).fill(0);
  #total = 0;
  #second = Number.NEGATIVE_INFINITY;

  add(nowMs: number): void {
    this.#moveTo(nowMs);
    const slot = this.#second % BUCKETS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#total += 1;
  }

  /** In the 59 to 60 s up to `nowMs`. */
  at(nowMs: number): number {
    this.#moveTo(nowMs);
    return this.#total;
  }

  #moveTo(nowMs: number): void {
    const second = Math.floor(nowMs / BUCKET_MS);
    if (second === this.#second) return;
    const first = Math.max(this.#second + 1, second - BUCKETS + 1);
    for (let passed = first; passed <= second; passed += 1) {
      this.#total -= this.#counts[passed % BUCKETS] ?? 0;
      this.#counts[passed % BUCKETS] = 0;
    }
    this.#second = second;
  }
}
