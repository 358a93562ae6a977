import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, it } from "vitest";
import { editCsv } from "../../src/manifest/edit/edit-csv.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { decoded } from "./decoded.ts";

const cell = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !/[\0\r\p{Cs}]/u.test(text)),
  fc.constantFrom('"', 'a "b"', "a,b", "a;b", "two\nlines", "'=x", "=1", " "),
);
const table = fc.record({
  rows: fc.array(fc.record({ name: cell, folder: cell, mine: cell }), {
    minLength: 1,
    maxLength: 6,
  }),
  delimiter: fc.constantFrom(",", ";", "\t"),
  newline: fc.constantFrom("\n", "\r\n"),
  quoted: fc.boolean(),
  lastNewline: fc.boolean(),
});
const wanted = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((text) => text.trim() !== "" && !/[\0\r\p{Cs}]/u.test(text));

it("changes the cells it is told to and no other, and adds rows below", () => {
  fc.assert(
    fc.property(table, wanted, fc.nat(), (made, text, pick) => {
      const header = ["mine", "path", "name", "folder"];
      const lines = made.rows.map((row, index) => [row.mine, `${index}.png`, row.name, row.folder]);
      const { delimiter, quoted } = made;
      const csv = stringify([header, ...lines], {
        delimiter,
        quoted,
        record_delimiter: made.newline,
        quoted_match: /[\r\n]/,
      });
      const before = made.lastNewline ? csv : csv.slice(0, -made.newline.length);
      const rows = parse(before);
      const target = rows[pick % rows.length];
      expect(rows).toHaveLength(lines.length);
      const edited = editCsv(before, {
        cells: [{ line: target?.line ?? 0, column: 2, text }],
        added: [["", "new.png", text, ""]],
      });
      const after = parse(edited ?? "");
      expect(after.map(({ cells }) => cells)).toEqual([
        ...rows.map((row) => (row === target ? row.cells.with(2, text) : row.cells)),
        ["", "new.png", text, ""],
      ]);
    }),
    { numRuns: 300 },
  );
});

function parse(text: string) {
  const { manifest } = parseCsv("m.csv", decoded(text), undefined);
  return manifest?.rows.map(({ line, cells }) => ({ line, cells: [...cells] })) ?? [];
}
