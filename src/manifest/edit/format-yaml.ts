import { stringify } from "yaml";
import { FIELDS } from "../manifest.ts";
import { NEW_ROW_FIELDS, type NewRow, newRowCells } from "./manifest-edit.ts";

/** A value on one line, in the quotes it had, or where it had none, quoted where it must be. */
export function formatScalar(
  value: string,
  style: "PLAIN" | "QUOTE_SINGLE" | "QUOTE_DOUBLE" = "PLAIN",
): string {
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
export function formatItem(cells: readonly string[], column: number, newline: string): string {
  const dash = `${" ".repeat(Math.max(0, column - 2))}- `;
  const indent = " ".repeat(dash.length);
  return pairsOf(cells)
    .map(
      ([key, text], index) =>
        `${index === 0 ? dash : indent}${key}: ${formatScalar(text)}${newline}`,
    )
    .join("");
}

/** One image of a list in brackets. */
export function formatFlowItem(cells: readonly string[]): string {
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
