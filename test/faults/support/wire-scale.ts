/** Whether this is the form CI runs. */
export const isShort: boolean = process.env.QGFX_FAULTS === "short";

/** How often, by the programme's form. */
export function scaled(full: number, short: number): number {
  return isShort ? short : full;
}

/** QGFX_SEED, or one drawn now; every test that draws prints it. */
export const seed: number = Number(process.env.QGFX_SEED ?? Math.floor(Math.random() * 0x7fffffff));

/** Prints what a test counted, as one line. */
export function tell(what: string, counts: Record<string, string | number>): void {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`${what}: ${parts.join(", ")}\n`);
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
