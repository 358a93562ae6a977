/** Whether CI's short form runs: small counts in place of the full ones. */
export const IS_SHORT = process.env.QGFX_FAULTS === "short";

/** How often something is tried: in full, or in CI's short form. */
export function times(full: number, short: number): number {
  return IS_SHORT ? short : full;
}

/** The programme's seed: QGFX_SEED, or one of this run's own. */
export const SEED = readSeed(process.env.QGFX_SEED);

function readSeed(text: string | undefined): number {
  if (text === undefined || text === "") return Date.now() % 1_000_000;
  const seed = Number(text);
  if (Number.isSafeInteger(seed)) return seed;
  throw new Error(`QGFX_SEED is '${text}', expected a whole number`);
}

/** Prints one line of the programme's counts. */
export function report(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Numbers in [0, 1) that the seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Seconds since a start, for a report. */
export function secondsSince(startMs: number): string {
  return `${Math.round((Date.now() - startMs) / 1000)} s`;
}
