/** Whether this is the form CI runs: small counts in place of the full ones. */
export const isShort: boolean = process.env.QGFX_FAULTS === "short";

/** How often something is tried, by the programme's form. */
export function times(full: number, short: number): number {
  return isShort ? short : full;
}

/** QGFX_SEED, or one of this run's own; every test that draws prints it. */
export const SEED: number = readSeed(process.env.QGFX_SEED);

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

/** Prints what a test counted, as one line. */
export function tell(what: string, counts: Record<string, string | number>): void {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  report(`${what}: ${parts.join(", ")}`);
}

/** Seconds since a start, for a report. */
export function secondsSince(startMs: number): string {
  return `${Math.round((Date.now() - startMs) / 1000)} s`;
}

/** Does `work` for every item, so many at once; results in the items' order. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = new Array(items.length);
  const pending = items.entries();
  const worker = async () => {
    for (const [index, item] of pending) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
