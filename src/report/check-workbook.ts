import { zipSync } from "fflate";
import { formatAddress } from "../manifest/cell-address.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { readSheet, type Sheet, type SheetCell, type SheetRow } from "../manifest/read-sheet.ts";
import { encodePart, openWorkbook, textOfPart } from "../manifest/workbook-file.ts";
import { addComments } from "./cell-comments.ts";

/** A cell of which there is something to say to whoever wrote the sheet. */
interface CellMark {
  row: number;
  column: number;
  isError: boolean;
  text: string;
}

/** Light red and light yellow, as Excel's own styles "Bad" and "Neutral" have them. */
const COLORS = { error: "FFFFC7CE", warning: "FFFFEB9C" };

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const STYLES = `<styleSheet xmlns="${MAIN}"><fonts count="1"><font/></fonts><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf xfId="0"/></cellXfs></styleSheet>`;

/**
 * A copy of a workbook for the sheet's author: cells with errors are red, those with warnings yellow, and each has a
 * comment. All else stays as it is. `sheetName` undefined: the first visible sheet. Undefined: it is no workbook that
 * can be read.
 */
export function markProblems(
  bytes: Uint8Array,
  sheetName: string | undefined,
  found: readonly Diagnostic[],
): Uint8Array | undefined {
  const workbook = openWorkbook(bytes);
  if (typeof workbook === "string") return undefined;
  const { sheets } = workbook;
  const entry =
    sheets.find(({ name, isHidden }) =>
      sheetName === undefined ? !isHidden : name === sheetName,
    ) ?? sheets[0];
  const xml = textOfPart(workbook.files, entry?.part ?? "");
  const sheet = readSheet(xml, [], { isWhole: true });
  if (!entry || !sheet?.hasCells) return undefined;
  const marks = marksOf(found, sheet);
  const styles = new PaintedStyles(textOfPart(workbook.files, workbook.styles) || STYLES);
  const painted = paint(xml, sheet, marks, styles);
  const files: Record<string, Uint8Array> = {
    ...workbook.files,
    [workbook.styles || "xl/styles.xml"]: encodePart(styles.xml()),
    [entry.part]: encodePart(painted),
  };
  return zipSync(addComments(files, entry.part, marks, workbook.styles === ""));
}

/** One mark for each cell; what has no cell stands at the first of its row, or of the sheet. */
function marksOf(found: readonly Diagnostic[], { merges }: Sheet): CellMark[] {
  const marks = new Map<string, CellMark>();
  for (const { severity, code, message, hint, line, column } of found) {
    if (severity === "note") continue;
    const at = { row: line ?? 1, column: column ?? 1 };
    const merge = merges.find(
      ({ top, left, bottom, right }) =>
        top <= at.row && at.row <= bottom && left <= at.column && at.column <= right,
    );
    const { row, column: place } = merge ? { row: merge.top, column: merge.left } : at;
    const key = formatAddress(row, place);
    const text = `${code}: ${message}${hint === null ? "" : `\n${hint}`}`;
    const known = marks.get(key);
    marks.set(key, {
      row,
      column: place,
      isError: severity === "error" || known?.isError === true,
      text: known ? `${known.text}\n\n${text}` : text,
    });
  }
  return [...marks.values()].sort((a, b) => a.row - b.row || a.column - b.column);
}

/** The styles of a workbook, with those of its cells in other colors added as they are asked for. */
class PaintedStyles {
  readonly #xml: string;
  readonly #formats: string[];
  readonly #added: string[] = [];
  readonly #known = new Map<string, number>();
  readonly #fills: number;

  constructor(xml: string) {
    this.#xml = xml;
    const formats = /<(?:\w+:)?cellXfs\b[^>]*>([\s\S]*?)<\/(?:\w+:)?cellXfs>/.exec(xml)?.[1] ?? "";
    this.#formats =
      formats.match(/<(?:\w+:)?xf\b(?:[^>]*\/>|[^>]*>[\s\S]*?<\/(?:\w+:)?xf>)/g) ?? [];
    // The first two are Excel's own.
    this.#fills = Math.max(2, (xml.match(/<(?:\w+:)?fill[\s/>]/g) ?? []).length);
  }

  painted(style: number, isError: boolean): number {
    const key = `${style} ${isError}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const format = (this.#formats[style] ?? "<xf/>")
      .replace(/\s(fillId|applyFill)=("[^"]*"|'[^']*')/g, "")
      .replace(/^<((?:\w+:)?xf)/, `<$1 fillId="${this.#fills + (isError ? 0 : 1)}" applyFill="1"`);
    const index = this.#formats.length + this.#added.push(format) - 1;
    this.#known.set(key, index);
    return index;
  }

  xml(): string {
    const p = /<\/(\w+:)?cellXfs>/.exec(this.#xml)?.[1] ?? "";
    const fill = (color: string) =>
      `<${p}fill><${p}patternFill patternType="solid"><${p}fgColor rgb="${color}"/></${p}patternFill></${p}fill>`;
    const fills = fill(COLORS.error) + fill(COLORS.warning);
    const usual = ["none", "gray125"]
      .map((type) => `<${p}fill><${p}patternFill patternType="${type}"/></${p}fill>`)
      .join("");
    const hasFills = new RegExp(`</${p}fills>`).test(this.#xml);
    const withFills = hasFills
      ? this.#xml.replace(`</${p}fills>`, `${fills}</${p}fills>`)
      : this.#xml.replace(
          new RegExp(`<${p}(borders|cellStyleXfs|cellXfs)\\b`),
          (next) => `<${p}fills>${usual}${fills}</${p}fills>${next}`,
        );
    return withFills
      .replace(`</${p}cellXfs>`, `${this.#added.join("")}</${p}cellXfs>`)
      .replace(
        new RegExp(`(<${p}(?:fills|cellXfs)\\b[^>]*?)\\scount=("[^"]*"|'[^']*')`, "g"),
        "$1",
      );
  }
}

/** The sheet with its marked cells in other styles; a cell that is not there is put in. */
function paint(
  xml: string,
  { rows, prefix }: Sheet,
  marks: readonly CellMark[],
  styles: PaintedStyles,
): string {
  let painted = "";
  let at = 0;
  const put = (start: number, end: number, text: string) => {
    painted += xml.slice(at, start) + text;
    at = end;
  };
  for (const { row: number, column, isError } of marks) {
    const row = rows.get(number);
    const cell = row?.cells.get(column);
    if (cell) put(cell.start, tagEnd(xml, cell), paintedTag(xml, cell, styles, isError));
    else if (row) {
      const style = styles.painted(0, isError);
      const added = `<${prefix}c r="${formatAddress(number, column)}" s="${style}"/>`;
      const isOpen = xml[row.end - 2] !== "/";
      const place = isOpen ? placeIn(xml, row, column) : row.end - 2;
      const end = isOpen ? place : row.end;
      put(place, end, isOpen ? added : `>${added}</${prefix}row>`);
    }
  }
  return painted + xml.slice(at);
}

/** Before the first cell to the right, or behind the last. */
function placeIn(xml: string, { cells, end }: SheetRow, column: number): number {
  const right = [...cells].filter(([one]) => one > column).map(([, { start }]) => start);
  return right.length > 0 ? Math.min(...right) : xml.lastIndexOf("</", end - 1);
}

function tagEnd(xml: string, { start }: SheetCell): number {
  return xml.indexOf(">", start) + 1;
}

function paintedTag(xml: string, cell: SheetCell, styles: PaintedStyles, isError: boolean): string {
  const tag = xml.slice(cell.start, tagEnd(xml, cell)).replace(/\ss=("[^"]*"|'[^']*')/, "");
  return tag.replace(/^<[\w:]+/, (name) => `${name} s="${styles.painted(cell.style, isError)}"`);
}
