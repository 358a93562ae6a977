import { workbook } from "../support/workbook.ts";

/** Of each format a sheet with the same rows: path, name, folder, and a column of the user's own where there are such. */
export const FORMATS = ["m.csv", "m.xlsx", "m.yaml"] as const;

export type Row = readonly [path: string, name: string, folder: string, mine: string];

/** The bytes of a sheet with these rows, whose columns are `columnsOf(file)`. */
export function sheetOf(file: string, rows: readonly Row[]): Uint8Array {
  if (file.endsWith(".xlsx")) {
    const cells = rows.map((row) => row.map((one) => (one === "" ? null : one)));
    return workbook([{ name: "One", rows: [["path", "name", "folder", "mine"], ...cells] }]);
  }
  if (file.endsWith(".yaml")) {
    const items = rows.map(
      ([path, name, folder]) =>
        `  - path: ${JSON.stringify(path)}\n    name: ${JSON.stringify(name)}\n    folder: ${JSON.stringify(folder)}\n`,
    );
    return Buffer.from(`version: 1\ngraphics:\n${items.join("")}`);
  }
  const lines = rows.map((row) =>
    row.map((one) => (/[",\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one)),
  );
  return Buffer.from(
    ["path,name,folder,mine", ...lines.map((line) => line.join(","))].join("\r\n"),
  );
}

/** Many rows: `0.png`, `Picture 0`, `Summer`, `note 0` and so on. */
export function manyRows(count: number): Row[] {
  return Array.from({ length: count }, (_none, n) => [
    `${n}.png`,
    `Picture ${n}`,
    "Summer",
    `note ${n}`,
  ]);
}
