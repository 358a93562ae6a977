import {
  type CST,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { UserError } from "../../user-error.ts";
import { type ComposedYaml, composeYaml } from "../compose-yaml.ts";
import { groupBy } from "../group-by.ts";
import { FIELDS, type Field } from "../manifest.ts";
import {
  applySplices,
  type CellEdit,
  type ManifestEdit,
  NEW_ROW_FIELDS,
  type NewRow,
  newRowCells,
  type Splice,
} from "./manifest-edit.ts";

interface List extends ComposedYaml {
  text: string;
  graphics: YAMLSeq;
  newline: string;
}

/**
 * Changes values of a YAML manifest that could be read, and removes and adds images; comments and every other character
 * stay, but those within a removed image. A key that an image lacks is added below its others. A `UserError` where two
 * images share a line, or a key's value is not text. Undefined: there is no list of images.
 */
export function editYaml(text: string, edit: ManifestEdit): string | undefined {
  const splices = yamlSplices(text, edit);
  return splices && applySplices(text, splices);
}

/** What `editYaml` replaces. */
export function yamlSplices(text: string, edit: ManifestEdit): Splice[] | undefined {
  const { cells = [], removed = [], added = [] } = edit;
  const composed = composeYaml("", Buffer.from(text), { keepSourceTokens: true });
  if (Array.isArray(composed)) return undefined;
  const graphics = composed.document.get("graphics", true);
  if (!isSeq(graphics)) return undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const list = { ...composed, text, graphics, newline };
  const itemAt = itemFinder(list);
  const gone = new Set<unknown>(removed.map(itemAt));
  const kept = graphics.items.filter((item) => !gone.has(item));
  return [
    ...[...groupBy(cells, ({ line }) => line)].flatMap(([line, edits]) =>
      itemSplices(list, itemAt(line), edits),
    ),
    ...(gone.size === 0 ? [] : removals(list, gone)),
    ...(kept.length === 0 ? emptied(list, added) : appended(list, added)),
  ];
}

/** Finds the image that starts on a line; a `UserError` where that is not one. */
function itemFinder({ graphics, lines }: List): (line: number) => YAMLMap {
  const maps = graphics.items.filter((item) => isMap(item));
  const items = groupBy(maps, ({ range }) => lines.linePos(range?.[0] ?? 0).line);
  return (line) => {
    const [found, ...more] = items.get(line) ?? [];
    if (found && more.length === 0) return found;
    throw new UserError("EDIT_SAME_LINE", `line ${line} does not hold just one image`, {
      hint: "in YAML, write each image on lines of its own below 'graphics:'",
    });
  };
}

/** What makes of an image that its keys have these values. */
function itemSplices(list: List, item: YAMLMap, edits: readonly CellEdit[]): Splice[] {
  const lacking: [Field, string][] = [];
  const splices = edits
    .toSorted((a, b) => a.column - b.column)
    .flatMap(({ column, text }): Splice[] => {
      const field = FIELDS[column];
      if (field === undefined) return [];
      const pair = item.items.find(({ key }) => isScalar(key) && key.value === field);
      if (pair) return [replacement(list, pair, text, item.flow === true)];
      if (text !== "") lacking.push([field, text]);
      return [];
    });
  return lacking.length === 0 ? splices : [...splices, addition(list, item, lacking)];
}

/** A value that stands in a block of its own has the line break behind it, too: that stays. */
function replacement({ text }: List, { value }: Pair, wanted: string, isFlow: boolean): Splice {
  if (!isScalar(value) || !value.range) {
    throw new UserError("EDIT_NOT_TEXT", "a value that is not text cannot be changed", {
      hint: "write a text into the file in its place",
    });
  }
  const [start, end] = value.range;
  const lineBreak = /\r?\n$/.exec(text.slice(start, end))?.[0] ?? "";
  const lead = start === end && text[start - 1] === ":" ? " " : "";
  return { start, end, text: lead + formatScalar(wanted, styleOf(value, isFlow)) + lineBreak };
}

type Quotes = "PLAIN" | "QUOTE_SINGLE" | "QUOTE_DOUBLE";

function styleOf({ type }: Scalar, isFlow: boolean): Quotes {
  if (type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE") return type;
  // Brackets and commas end a plain value there.
  return isFlow ? "QUOTE_DOUBLE" : "PLAIN";
}

function addition(list: List, item: YAMLMap, keys: readonly (readonly [Field, string])[]): Splice {
  const { text, lines, newline } = list;
  const [start = 0, end = 0] = item.range ?? [];
  if (item.flow) {
    const behind = endOf(item.items.at(-1));
    const quote = isScalar(item.items[0]?.key) && item.items[0].key.type !== "PLAIN" ? '"' : "";
    const pairs = keys.map(
      ([key, value]) => `, ${quote}${key}${quote}: ${formatScalar(value, "QUOTE_DOUBLE")}`,
    );
    return { start: behind, end: behind, text: pairs.join("") };
  }
  const indent = " ".repeat(lines.linePos(start).col - 1);
  const at = lineEndAt(text, end);
  const lead = text[at - 1] === "\n" ? "" : newline;
  const added = keys.map(([key, value]) => `${indent}${key}: ${formatScalar(value)}${newline}`);
  return { start: at, end: at, text: lead + added.join("") };
}

function endOf(pair: Pair | undefined): number {
  const { key, value } = pair ?? {};
  const node = isNode(value) ? value : key;
  return (isNode(node) && node.range?.[1]) || 0;
}

/** Behind the line break of the line that a block ends in, which the block may hold. */
function lineEndAt(text: string, end: number): number {
  if (text[end - 1] === "\n") return end;
  const lineBreak = text.indexOf("\n", end);
  return lineBreak === -1 ? text.length : lineBreak + 1;
}

/** Whole lines of a block list; of a list in brackets the image with the comma beside it. */
function removals({ text, graphics }: List, gone: ReadonlySet<unknown>): Splice[] {
  const { items, srcToken, flow } = graphics;
  const rangeOf = (item: unknown) => (isMap(item) ? (item.range ?? [0, 0]) : [0, 0]);
  if (!flow) {
    const starts = srcToken?.type === "block-seq" ? srcToken.items.map(dashOf) : [];
    return items.flatMap((item, index): Splice[] => {
      if (!gone.has(item)) return [];
      const start = text.lastIndexOf("\n", (starts[index] ?? 0) - 1) + 1;
      return [{ start, end: lineEndAt(text, rangeOf(item)[1] ?? 0), text: "" }];
    });
  }
  const lastKept = items.findLastIndex((item) => !gone.has(item));
  if (lastKept === -1) return [];
  const [, keptEnd = 0] = rangeOf(items[lastKept]);
  const [, end = 0] = rangeOf(items.at(-1));
  const before = items.slice(0, lastKept).flatMap((item, index): Splice[] => {
    const [start = 0] = rangeOf(item);
    const [next = 0] = rangeOf(items[index + 1]);
    return gone.has(item) ? [{ start, end: next, text: "" }] : [];
  });
  return end > keptEnd ? [...before, { start: keptEnd, end, text: "" }] : before;
}

function dashOf({ start }: { start: CST.SourceToken[] }): number {
  return start.find(({ type }) => type === "seq-item-ind")?.offset ?? 0;
}

/** New images below the last, which stays or goes. */
function appended(list: List, added: readonly (readonly string[])[]): Splice[] {
  const { text, graphics, lines, newline } = list;
  const last = graphics.items.at(-1);
  if (added.length === 0 || !isMap(last) || !last.range) return [];
  if (graphics.flow) {
    const at = last.range[1];
    return [{ start: at, end: at, text: added.map((row) => `, ${formatFlowItem(row)}`).join("") }];
  }
  const column = lines.linePos(last.range[0]).col - 1;
  const at = lineEndAt(text, last.range[1]);
  const lead = at > 0 && text[at - 1] !== "\n" ? newline : "";
  const items = added.map((row) => formatItem(row, column, newline));
  return [{ start: at, end: at, text: lead + items.join("") }];
}

/** What stands where no image is left, or none was. */
function emptied(list: List, added: readonly (readonly string[])[]): Splice[] {
  const { document, text, graphics, newline, lines } = list;
  const [start = 0, end = 0] = graphics.range ?? [];
  const root = document.contents;
  const key = isMap(root) ? root.items.find(({ value }) => value === graphics)?.key : undefined;
  const keyRange = isScalar(key) ? key.range : undefined;
  if (!keyRange) return [];
  const colon = text.indexOf(":", keyRange[1]) + 1;
  if (isMap(root) && root.flow) {
    const items = added.map(formatFlowItem).join(", ");
    return [{ start, end, text: `[${items}]` }];
  }
  const indent = lines.linePos(keyRange[0]).col - 1;
  const items = added.map((row) => formatItem(row, indent + 4, newline)).join("");
  if (graphics.flow) {
    const block = `${newline}${items.slice(0, -newline.length)}`;
    return [{ start: colon, end, text: added.length === 0 ? " []" : block }];
  }
  if (added.length === 0) return [{ start: colon, end: colon, text: " []" }];
  return appended(list, added);
}

/** A value on one line, in the quotes it had, or where it had none, quoted where it must be. */
function formatScalar(value: string, style: Quotes = "PLAIN"): string {
  return stringify(value, {
    lineWidth: 0,
    // Line breaks are escaped in double quotes alone.
    defaultStringType: /[\r\n]/.test(value) ? "QUOTE_DOUBLE" : style,
    blockQuote: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  }).trimEnd();
}

/** The fields of an image that are not empty, in the order of a new manifest. */
function pairsOf(cells: readonly string[]): [string, string][] {
  const fields = [...NEW_ROW_FIELDS, "contentType"] as const;
  return fields.flatMap((field): [string, string][] => {
    const text = cells[FIELDS.indexOf(field)] ?? "";
    return text === "" && field !== "path" ? [] : [[field, text]];
  });
}

/** One image of the list, its cells in the order of `FIELDS`; `column` is where its keys begin, 0-based. */
function formatItem(cells: readonly string[], column: number, newline: string): string {
  const dash = `${" ".repeat(Math.max(0, column - 2))}- `;
  const pairs = pairsOf(cells).map(([key, text]) => `${key}: ${formatScalar(text)}${newline}`);
  return dash + pairs.join(" ".repeat(dash.length));
}

function formatFlowItem(cells: readonly string[]): string {
  const pairs = pairsOf(cells).map(
    ([key, text]) => `"${key}": ${formatScalar(text, "QUOTE_DOUBLE")}`,
  );
  return `{${pairs.join(", ")}}`;
}

/** A new YAML manifest. */
export function formatNewYaml(rows: readonly NewRow[]): string {
  const items = rows.map((row) => formatItem(newRowCells(FIELDS, row), 4, "\n"));
  return `version: 1\ngraphics:\n${items.join("")}`;
}
