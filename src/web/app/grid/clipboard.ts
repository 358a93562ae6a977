import type { Area, Extent } from "./selection.ts";

/** What needs quotes, so that a spreadsheet program takes it for one cell. */
const NEEDS_QUOTES = /[\t\r\n]|^"/;

/** Cells as spreadsheet programs copy them: tabs between cells, line breaks between rows. */
export function formatTsv(rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) =>
    NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return rows.map((row) => row.map(quote).join("\t")).join("\r\n");
}

/** Reads what a spreadsheet program copied. A last line break ends the last row. */
export function parseTsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at <= text.length) {
    const cell = readQuoted(text, at) ?? readPlain(text, at);
    rows.at(-1)?.push(cell.text);
    at = cell.end;
    if (text[at] !== "\t") {
      if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
      if (at + 1 >= text.length) break;
      rows.push([]);
    }
    at += 1;
  }
  return rows;
}

interface Cell {
  text: string;
  /** Where the cell's text ends: at a tab, a line break or the end. */
  end: number;
}

const BREAK = /[\t\r\n]/g;

function readPlain(text: string, start: number): Cell {
  BREAK.lastIndex = start;
  const end = BREAK.exec(text)?.index ?? text.length;
  return { text: text.slice(start, end), end };
}

/** A cell in quotes; undefined where the first quote is only a character. */
function readQuoted(text: string, start: number): Cell | undefined {
  if (text[start] !== '"') return undefined;
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    if (text[quote + 1] === '"') {
      at = quote + 2;
      continue;
    }
    const end = quote + 1;
    const isWhole = end === text.length || /[\t\r\n]/.test(text[end] ?? "");
    if (!isWhole) return undefined;
    return { text: text.slice(start + 1, quote).replaceAll('""', '"'), end };
  }
}

/** A cell that a paste fills. */
interface Filled {
  row: number;
  column: number;
  text: string;
}

/**
 * Where pasted cells go: from the top left of the selection on; into all of it where it is a whole multiple of what is
 * pasted, as one cell always is. `lost`: cells that fell beyond the last row or column.
 */
export function placePasted(
  clip: readonly (readonly string[])[],
  area: Area,
  extent: Extent,
): { filled: Filled[]; lost: number; area: Area } {
  const height = clip.length;
  const width = Math.max(...clip.map((row) => row.length));
  const rows = area.bottom - area.top + 1;
  const columns = area.right - area.left + 1;
  const isTiled = rows % height === 0 && columns % width === 0;
  const bottom = area.top + (isTiled ? rows : height) - 1;
  const right = area.left + (isTiled ? columns : width) - 1;
  const filled: Filled[] = [];
  let lost = 0;
  for (let row = area.top; row <= bottom; row += 1) {
    for (let column = area.left; column <= right; column += 1) {
      const text = clip[(row - area.top) % height]?.[(column - area.left) % width];
      if (text === undefined) continue;
      if (row < extent.rows && column < extent.columns) filled.push({ row, column, text });
      else lost += 1;
    }
  }
  const end = {
    bottom: Math.min(bottom, extent.rows - 1),
    right: Math.min(right, extent.columns - 1),
  };
  return { filled, lost, area: { ...area, ...end } };
}
