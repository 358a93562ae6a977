/** What is looked for. */
interface Search {
  text: string;
  matchesCase: boolean;
}

/** Finds the text in a cell; undefined where there is nothing to find. */
export function finder({ text, matchesCase }: Search): RegExp | undefined {
  if (text === "") return undefined;
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), matchesCase ? "gu" : "giu");
}

/** The cell with all that was found replaced; the replacement is taken as it is. */
export function replaceIn(cell: string, find: RegExp, replacement: string): string {
  return cell.replace(find, () => replacement);
}

/** Whether a cell holds what is looked for. */
export function isFound(cell: string, find: RegExp): boolean {
  find.lastIndex = 0;
  return find.test(cell);
}

/**
 * The next place behind `from` in reading order, then from the top again; `backward` the other way.
 * Null where nothing is found.
 */
export function nextFound(
  cellAt: (row: number, column: number) => string,
  extent: { rows: number; columns: number },
  from: { row: number; column: number },
  find: RegExp,
  backward = false,
): { row: number; column: number } | null {
  const total = extent.rows * extent.columns;
  const start = from.row * extent.columns + from.column;
  for (let step = 1; step <= total; step += 1) {
    const at = (start + (backward ? -step : step) + total) % total;
    const row = Math.floor(at / extent.columns);
    const column = at % extent.columns;
    if (isFound(cellAt(row, column), find)) return { row, column };
  }
  return null;
}
