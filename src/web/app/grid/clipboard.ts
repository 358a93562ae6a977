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
