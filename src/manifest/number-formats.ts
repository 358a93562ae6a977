import { attributeOf, xmlTags } from "./xml-tags.ts";

/** Formats that no workbook writes out (ECMA-376 part 1, 18.8.30); those that follow the computer's language are left out. */
const BUILT_IN: ReadonlyMap<number, string> = new Map([
  [0, "General"],
  [1, "0"],
  [2, "0.00"],
  [3, "#,##0"],
  [4, "#,##0.00"],
  [9, "0%"],
  [10, "0.00%"],
  [49, "@"],
]);

/** Built-in formats of dates and times. */
const BUILT_IN_DATES = [14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47];

/** The format of a built-in date: what it shows depends on the computer. */
export const LOCAL_DATE = "[local]yyyy-mm-dd";

/** A format whose text is not in the file at all. */
export const UNKNOWN_FORMAT = "[local]";

/** The number format of each cell style: index `s` of a cell's attribute (ECMA-376 part 1, 18.8.10 cellXfs). */
export function parseNumberFormats(stylesXml: string): string[] {
  const codes = new Map<number, string>();
  const styles: string[] = [];
  let isInCellFormats = false;
  for (const tag of xmlTags(stylesXml)) {
    if (tag.name === "numFmt") {
      const code = attributeOf(tag, "formatCode");
      if (code !== undefined) codes.set(Number(attributeOf(tag, "numFmtId")), code);
    } else if (tag.name === "cellXfs") {
      isInCellFormats = tag.kind === "open";
    } else if (tag.name === "xf" && tag.kind !== "close" && isInCellFormats) {
      styles.push(formatOf(Number(attributeOf(tag, "numFmtId") ?? 0), codes));
    }
  }
  return styles;
}

function formatOf(id: number, codes: ReadonlyMap<number, string>): string {
  const code = codes.get(id) ?? BUILT_IN.get(id);
  if (code !== undefined) return code;
  return BUILT_IN_DATES.includes(id) ? LOCAL_DATE : UNKNOWN_FORMAT;
}
