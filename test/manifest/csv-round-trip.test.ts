import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CsvDialect } from "../../src/manifest/manifest.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { decoded } from "./decoded.ts";

const dialect = fc.record({
  delimiter: fc.constantFrom<CsvDialect["delimiter"]>(",", ";", "\t"),
  newline: fc.constantFrom<CsvDialect["newline"]>("\n", "\r\n"),
  mark: fc.constantFrom("", "utf-8", "utf-16le", "utf-16be"),
});

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom("ä", "🍎", "桜", '"', "'", ",", ";", "\t", "\n", "\r\n", "=", " ", "a"),
  }),
);

const row = fc.record({
  path: fc.string({ unit: "grapheme", minLength: 1 }).filter((path) => path.trim() !== ""),
  name: text,
  folder: text,
  own: text,
  blankLinesBefore: fc.nat({ max: 2 }),
});

type Dialect = { delimiter: CsvDialect["delimiter"]; newline: CsvDialect["newline"]; mark: string };

function encode(csv: string, mark: string): Buffer {
  if (mark === "") return Buffer.from(csv);
  const marked = `\ufeff${csv}`;
  if (mark === "utf-8") return Buffer.from(marked);
  const littleEndian = Buffer.from(marked, "utf16le");
  return mark === "utf-16le" ? littleEndian : littleEndian.swap16();
}

function write(cells: string[], { delimiter, newline }: Dialect): string {
  return stringify([cells], { delimiter, record_delimiter: newline, quoted_match: /[\r\n]/ });
}

function countLines(csv: string): number {
  return csv.split("\n").length - 1;
}

describe("CSV written by another program", () => {
  it("is read back cell by cell, with the line each row starts in, in every dialect", () => {
    fc.assert(
      fc.property(dialect, fc.array(row, { minLength: 1, maxLength: 6 }), (how, rows) => {
        let csv = write(["File path", "display_name", "Folder", "my own, column"], how);
        const lines: number[] = [];
        for (const { path, name, folder, own, blankLinesBefore } of rows) {
          csv += how.newline.repeat(blankLinesBefore);
          lines.push(countLines(csv) + 1);
          csv += write([path, name, folder, own], how);
        }
        const { manifest, diagnostics } = parseCsv(
          "m.csv",
          decoded(encode(csv, how.mark)),
          undefined,
        );
        expect(diagnostics).toEqual([]);
        expect(manifest?.dialect).toEqual({
          delimiter: how.delimiter,
          newline: how.newline,
          encoding: how.mark.startsWith("utf-16") ? how.mark : "utf-8",
          bom: how.mark !== "",
        });
        expect(manifest?.rows.map((one) => one.cells)).toEqual(
          rows.map(({ path, name, folder, own }) => [path, name, folder, own]),
        );
        expect(manifest?.rows.map(({ line }) => line)).toEqual(lines);
      }),
      { numRuns: 200 },
    );
  });

  it("is never taken apart by a crash, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("m.csv", "m.yaml"),
        async (bytes, file) => {
          const header = file === "m.csv" ? "path,name\n" : "version: 1\ngraphics:\n  - path: ";
          const text = Buffer.concat([Buffer.from(header), bytes]);
          const { manifest, diagnostics } = await parseManifest(file, text, {});
          expect(
            manifest !== undefined || diagnostics.some(({ severity }) => severity === "error"),
          ).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
