interface Timer {
  atMs: number;
  order: number;
  run(): void;
}

/** Time that passes only when nothing else is left to do. */
export class VirtualClock {
  nowMs: number;
  /** Timers that are set and neither due nor called off: a real one would keep the process alive. */
  pending = 0;
  #order = 0;
  readonly #heap: Timer[] = [];

  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.nowMs = startMs;
  }

  /** Runs `run` once `delayMs` have passed; gives a way to call it off. */
  after(delayMs: number, run: () => void): () => void {
    let isSet = true;
    const unset = () => {
      if (isSet) this.pending -= 1;
      const wasSet = isSet;
      isSet = false;
      return wasSet;
    };
    this.pending += 1;
    this.#push({
      atMs: this.nowMs + delayMs,
      order: this.#order++,
      run: () => {
        if (unset()) run();
      },
    });
    return unset;
  }

  /** A sleep of virtual time; ends early, without rejecting, when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        signal?.removeEventListener("abort", abort);
        resolve();
      };
      const cancel = this.after(durationMs, wake);
      const abort = () => {
        cancel();
        resolve();
      };
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Lets time pass until the promise settles; rejects if nothing is left that could settle it. */
  async run<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (isSettled) return promise;
      if (!this.step()) throw new Error("nothing left to wait for");
    }
  }

  /** Jumps to the next timer and runs all that are due then; false when there is none. */
  step(): boolean {
    const first = this.#heap[0];
    if (!first) return false;
    this.nowMs = Math.max(this.nowMs, first.atMs);
    while ((this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY) <= this.nowMs) this.#pop()?.run();
    return true;
  }

  #push(timer: Timer): void {
    this.#heap.push(timer);
    let child = this.#heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isEarlier(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #pop(): Timer | undefined {
    const last = this.#heap.length - 1;
    this.#swap(0, last);
    const first = this.#heap.pop();
    this.#sink();
    return first;
  }

  #sink(): void {
    let parent = 0;
    for (;;) {
      const left = 2 * parent + 1;
      const right = left + 1;
      let least = parent;
      if (this.#isEarlier(left, least)) least = left;
      if (this.#isEarlier(right, least)) least = right;
      if (least === parent) return;
      this.#swap(parent, least);
      parent = least;
    }
  }

  #isEarlier(one: number, other: number): boolean {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (!a || !b) return false;
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const a = this.#heap[one];
    const b = this.#heap[other];
    if (!a || !b) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
