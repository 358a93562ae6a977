import { stringify as formatCsv } from "csv-stringify/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify as formatYaml } from "yaml";
import { editWorkbookRows, editYamlRows } from "../../src/manifest/edit/edit-few-rows.ts";
import { editManifest } from "../../src/manifest/edit/edit-manifest.ts";
import type { ManifestEdit } from "../../src/manifest/edit/manifest-edit.ts";
import { FIELDS, type Manifest } from "../../src/manifest/manifest.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { escapeCellText } from "../../src/manifest/xml.ts";
import { counted } from "../support/counts.ts";
import { workbook } from "../support/workbook.ts";

/** A sheet by its format's extension: its bytes, and the rows as they are meant. */
interface Made {
  file: string;
  bytes: Uint8Array;
  columns: readonly string[];
  rows: string[][];
}

const text = fc.oneof(
  fc
    .string({ unit: "grapheme", maxLength: 8 })
    .filter((one) => !/[\0\r\p{Cs}]/u.test(one) && one.trim() === one),
  fc.constantFrom('"', 'a "b"', "a,b", "a;b", "two\nlines", "'=x", "=1", "#a", "a: b", "{x}", "no"),
  fc.constantFrom("- a", "null", "1", "a #b", "<&>", "_x0041_", "'", "ü\u20ac", "[", "x\n\ny", ""),
);
const filled = text.filter((one) => one.trim() !== "");
const rows = fc.array(fc.tuple(text, filled, text, text), { minLength: 1, maxLength: 7 });

const csv = fc
  .record({
    rows,
    delimiter: fc.constantFrom(",", ";", "\t"),
    newline: fc.constantFrom("\n", "\r\n"),
    quoted: fc.boolean(),
    lastNewline: fc.boolean(),
    mark: fc.constantFrom("", "\uFEFF"),
    encoding: fc.constantFrom("utf8" as const, "utf16le" as const),
  })
  .map((made): Made => {
    const columns = ["mine", "path", "name", "folder"];
    const written = formatCsv([columns, ...made.rows], {
      delimiter: made.delimiter,
      quoted: made.quoted,
      record_delimiter: made.newline,
      quoted_match: /[\r\n]/,
    });
    const body = made.lastNewline ? written : written.slice(0, -made.newline.length);
    const mark = made.encoding === "utf16le" ? "\uFEFF" : made.mark;
    return {
      file: "m.csv",
      bytes: Buffer.from(mark + body, made.encoding),
      columns,
      rows: made.rows,
    };
  });

const xlsx = fc.record({ rows, titles: fc.nat(2), isFormula: fc.boolean() }).map((made): Made => {
  const columns = ["mine", "path", "name", "folder"];
  const cells = made.rows.map((row) => row.map((one) => (one === "" ? null : escapeCellText(one))));
  const titles = Array.from({ length: made.titles }, () => ["Summer"]);
  const other = made.isFormula ? [{ formula: "1+1", value: "2" }] : ["other"];
  const bytes = workbook([
    { name: "One", rows: [...titles, columns, ...cells] },
    { name: "Two", rows: [other] },
  ]);
  return { file: "m.xlsx", bytes, columns, rows: made.rows };
});

const yaml = fc
  .record({
    rows,
    flow: fc.constantFrom("block", "list", "items", "json"),
    indentSeq: fc.boolean(),
    newline: fc.constantFrom("\n", "\r\n"),
    comment: fc.boolean(),
    defaults: fc.boolean(),
    ending: fc.constantFrom("\n", "", "\n\n", "\n# the end", "\n  # the end\n"),
  })
  .map((made): Made => {
    const meant = made.rows.map(([type, path, name, folder]) => [path, name, type, folder]);
    const graphics = meant.map((row) =>
      Object.fromEntries(
        FIELDS.flatMap((field, at) =>
          row[at] === "" ? [] : [[field, row[at] ?? ""] as [string, string]],
        ),
      ),
    );
    const all = { version: 1, graphics };
    let written = formatYaml(all, { indentSeq: made.indentSeq, lineWidth: 0 });
    if (made.flow === "items") {
      const lines = graphics.map((one) => `  - ${JSON.stringify(one)}\n`);
      written = `version: 1\ngraphics:\n${lines.join("")}`;
    }
    if (made.flow === "list") {
      written = `version: 1\ngraphics: [\n${graphics.map((one) => `  ${JSON.stringify(one)}`).join(",\n")}]\n`;
    }
    if (made.flow === "json") written = `${JSON.stringify(all, null, 2)}\n`;
    if (made.defaults && made.flow !== "json") {
      written = written.replace("graphics:", "defaults: {folder: F, contentType: gif}\n$&");
    }
    if (made.comment && made.flow === "block")
      written = written.replace("graphics:\n", "$&  # all of them\n");
    // A text in a block may end in line breaks: these are its own.
    if (!/[|>]/.test(written) && made.flow !== "json") written = written.trimEnd() + made.ending;
    const bytes = Buffer.from(written.replaceAll("\n", made.newline));
    return { file: "m.yaml", bytes, columns: FIELDS, rows: meant };
  });

/** What is done to a sheet; numbers are taken modulo what there is. */
const plan = fc.record({
  sets: fc.array(fc.tuple(fc.nat(), fc.nat(), filled), { maxLength: 5 }),
  removed: fc.array(fc.nat(), { maxLength: 3 }),
  hasColumn: fc.boolean(),
  added: fc.array(fc.tuple(text, filled, text, text, text), { maxLength: 3 }),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function meantBy(
  made: Made,
  manifest: Manifest,
  wanted: Plan,
): { edit: ManifestEdit; rows: string[][] } {
  const hasColumn = wanted.hasColumn && made.file !== "m.yaml";
  const width = made.columns.length + (hasColumn ? 1 : 0);
  const after = made.rows.map((row) => [...row, ...(hasColumn ? [""] : [])]);
  const gone = new Set(wanted.removed.map((one) => one % made.rows.length));
  const cells = new Map<string, { line: number; column: number; text: string }>();
  for (const [r, c, one] of wanted.sets) {
    const [row, column] = [r % made.rows.length, c % width];
    if (gone.has(row)) continue;
    (after[row] ?? [])[column] = one;
    cells.set(`${row} ${column}`, { line: manifest.rows[row]?.line ?? 0, column, text: one });
  }
  const pathAt = made.columns.indexOf("path");
  const added = wanted.added.map(([a, path, b, c, d]) => {
    const row = [a, b, c, d].slice(0, width - 1);
    return row.toSpliced(pathAt, 0, path);
  });
  return {
    edit: {
      cells: [...cells.values()],
      removed: [...gone].map((row) => manifest.rows[row]?.line ?? 0),
      columns: hasColumn ? ["contentType"] : [],
      added,
    },
    rows: [...after.filter((_row, index) => !gone.has(index)), ...added],
  };
}

async function read({ file }: Made, bytes: Uint8Array): Promise<Manifest> {
  const { manifest, diagnostics } = await parseManifest(file, bytes, {});
  if (!manifest) throw new Error(JSON.stringify(diagnostics));
  return manifest;
}

describe("an edit", () => {
  it.each([
    ["CSV", csv, 100],
    ["a workbook", xlsx, 60],
    ["YAML", yaml, 100],
  ])("of %s does what it says and nothing else", async (_what, arbitrary, runs) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, plan, async (made, wanted) => {
        const before = await read(made, made.bytes);
        fc.pre(before.rows.length === made.rows.length);
        const { edit, rows: meant } = meantBy(made, before, wanted);
        const edited = editManifest(before, made.bytes, edit);
        const after = await read(made, edited ?? new Uint8Array());
        expect(after.rows.map(({ cells }) => [...cells])).toEqual(meant);
      }),
      { numRuns: counted(runs, runs * 50) },
    );
  });

  it.each([
    ["YAML", yaml, editYamlRows],
    ["a workbook", xlsx, editWorkbookRows],
  ])("of few rows of %s comes to the same as one of all", async (_what, arbitrary, editRows) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, plan, fc.boolean(), async (made, all, isPlain) => {
        const wanted = isPlain ? { ...all, removed: [], added: [], hasColumn: false } : all;
        const before = await read(made, made.bytes);
        fc.pre(before.rows.length === made.rows.length);
        const { edit } = meantBy(made, before, wanted);
        const few = editRows(before, made.bytes, edit, {});
        if (!few) return;
        count += 1;
        const whole = editManifest(before, made.bytes, edit) ?? new Uint8Array();
        expect(Buffer.from(few.bytes).equals(whole)).toBe(true);
        expect(few.manifest).toEqual(await read(made, whole));
      }),
      { numRuns: counted(150, 6_000) },
    );
    expect(count).toBeGreaterThan(20);
  });

  it.each([
    ["CSV", csv],
    ["YAML", yaml],
  ])("of one cell of %s leaves each byte before and behind it", async (_what, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, fc.nat(), fc.nat(), async (made, r, c) => {
        const before = await read(made, made.bytes);
        fc.pre(before.rows.length === made.rows.length);
        const row = r % made.rows.length;
        const column = c % made.columns.length;
        const was = made.rows[row]?.[column] ?? "";
        fc.pre(was !== "");
        const line = before.rows[row]?.line ?? 0;
        const edited =
          editManifest(before, made.bytes, { cells: [{ line, column, text: "\u2603" }] }) ??
          new Uint8Array();
        const size = Buffer.byteLength(was) * 2 + 12;
        const [head, tail] = commonEnds(made.bytes, edited);
        expect(made.bytes.length - head - tail).toBeLessThanOrEqual(size * 3);
      }),
      { numRuns: counted(80, 4_000) },
    );
  });
});

function commonEnds(a: Uint8Array, b: Uint8Array): [number, number] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  const most = Math.min(a.length, b.length) - head;
  while (tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return [head, tail];
}
