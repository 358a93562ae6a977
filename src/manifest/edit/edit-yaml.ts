import { isMap, isScalar, isSeq, type Scalar, stringify } from "yaml";
import { composeYaml } from "../compose-yaml.ts";
import {
  applySplices,
  type CellEdit,
  type ManifestEdit,
  type NewRow,
  type Splice,
} from "./manifest-edit.ts";

/**
 * Changes values of a YAML manifest that could be read and adds images to the end of its list; comments and every
 * other character stay. Undefined: the list is not written one image below the other.
 */
export function editYaml(text: string, { cells, added }: ManifestEdit): string | undefined {
  const composed = composeYaml("", Buffer.from(text));
  if (Array.isArray(composed)) return undefined;
  const { document, lines } = composed;
  const graphics = document.get("graphics", true);
  if (!isSeq(graphics)) return undefined;
  const scalarAt = ({ line, field }: CellEdit) => {
    const item = graphics.items.find(
      (one) => isMap(one) && lines.linePos(one.range?.[0] ?? 0).line === line,
    );
    const value = isMap(item) ? item.get(field, true) : undefined;
    return isScalar(value) ? value : undefined;
  };
  const splices = cells.flatMap((edit): Splice[] => {
    const scalar = scalarAt(edit);
    return scalar?.range ? [replacement(text, scalar, edit.text)] : [];
  });
  if (added.length > 0) {
    const last = graphics.items.at(-1);
    if (graphics.flow || !isMap(last) || !last.range) return undefined;
    const column = lines.linePos(last.range[0]).col - 1;
    splices.push(appendix(text, last.range[1], column, added));
  }
  return applySplices(text, splices);
}

/** A value that stands in a block of its own has the line break behind it, too: that stays. */
function replacement(text: string, { range }: Scalar, wanted: string): Splice {
  const [start = 0, end = 0] = range ?? [];
  const lineBreak = /\r?\n$/.exec(text.slice(start, end))?.[0] ?? "";
  return { start, end, text: formatScalar(wanted) + lineBreak };
}

/** A value on one line, quoted where it must be. */
function formatScalar(value: string): string {
  return stringify(value, {
    lineWidth: 0,
    defaultStringType: "PLAIN",
    blockQuote: false,
  }).trimEnd();
}

/** New items below the last: `column` is where the keys of an item begin, 0-based. */
function appendix(text: string, itemEnd: number, column: number, added: readonly NewRow[]): Splice {
  const lineEnd = text.indexOf("\n", itemEnd);
  const at = text[itemEnd - 1] === "\n" ? itemEnd : lineEnd === -1 ? text.length : lineEnd + 1;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lead = at > 0 && text[at - 1] !== "\n" ? newline : "";
  const items = added.map((row) => formatItem(row, column, newline));
  return { start: at, end: at, text: lead + items.join("") };
}

/** One image of the list; `column` is where its keys begin, 0-based. */
export function formatItem(
  { path, name, folder }: NewRow,
  column: number,
  newline: string,
): string {
  const keys = [
    `path: ${formatScalar(path)}`,
    ...(name === "" ? [] : [`name: ${formatScalar(name)}`]),
    ...(folder === "" ? [] : [`folder: ${formatScalar(folder)}`]),
  ];
  const dash = `${" ".repeat(Math.max(0, column - 2))}- `;
  const indent = " ".repeat(dash.length);
  return keys.map((key, index) => `${index === 0 ? dash : indent}${key}${newline}`).join("");
}

/** A new YAML manifest. */
export function formatNewYaml(rows: readonly NewRow[]): string {
  const items = rows.map((row) => formatItem(row, 4, "\n"));
  return `version: 1\ngraphics:\n${items.join("")}`;
}
