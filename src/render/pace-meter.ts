const WINDOW_MS = 15_000;

/** How fast rows end, over the last quarter of a minute: a brake shows soon, a hiccup hardly. */
export class PaceMeter {
  #startedAtMs = 0;
  #endsMs: number[] = [];

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** One row ended. */
  count(nowMs: number): void {
    this.#endsMs.push(nowMs);
  }

  /** Rows a second; undefined where it is too early to say. */
  perSecond(nowMs: number): number | undefined {
    const firstMs = nowMs - WINDOW_MS;
    const old = this.#endsMs.findIndex((endMs) => endMs > firstMs);
    this.#endsMs = old < 0 ? [] : this.#endsMs.slice(old);
    const spanMs = Math.min(WINDOW_MS, nowMs - this.#startedAtMs);
    if (spanMs <= 0 || this.#endsMs.length === 0) return undefined;
    return (this.#endsMs.length / spanMs) * 1000;
  }
}
