import type { Running } from "../../support/program.ts";

/** What a killed run had come to. */
export interface Killed {
  /** Null where the kill came in time. */
  code: number | null;
  stderr: string;
}

/**
 * Kills programs at random moments. How long a run takes depends on the machine and on what runs beside it: it is
 * learnt from those that ended before their kill.
 */
export class Moments {
  readonly #random: () => number;
  /** From start to end, and from the first word to the end; at first rather too long. */
  #wholeMs = 800;
  #restMs = 400;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Kills a run some time after its first word, or now and then at any moment from its start. */
  async kill({ child, ended }: Running): Promise<Killed> {
    const startMs = performance.now();
    let spokeMs: number | undefined;
    const timers: NodeJS.Timeout[] = [];
    const killAfter = (delayMs: number) =>
      timers.push(setTimeout(() => child.kill("SIGKILL"), delayMs));
    const draw = this.#random();
    const isAnyMoment = this.#random() < 0.2;
    if (isAnyMoment) killAfter(draw * this.#wholeMs);
    child.stdout?.once("data", () => {
      spokeMs = performance.now();
      if (!isAnyMoment) killAfter(draw * this.#restMs);
    });
    const { code, stderr } = await ended;
    for (const timer of timers) clearTimeout(timer);
    // A kill in time says only that it may take longer.
    if (code === null) {
      this.#wholeMs *= 1.02;
      this.#restMs *= 1.02;
    } else {
      this.#wholeMs = (this.#wholeMs + performance.now() - startMs) / 2;
      this.#restMs = (this.#restMs + performance.now() - (spokeMs ?? startMs)) / 2;
    }
    return { code, stderr };
  }
}
