import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_RECORD_SIZE, readRecords } from "../../src/manifest/csv-records.ts";

type Found = { cells: string[]; line: number }[];

function read(text: string): { found: Found; broken: ReturnType<typeof readRecords> } {
  const found: Found = [];
  const start = { offset: 0, line: 1 };
  const broken = readRecords(Buffer.from(text), ",", start, (cells, line) =>
    found.push({ cells, line }),
  );
  return { found, broken };
}

/** What the parser alone makes of it, all in one go; undefined where it finds it broken. */
function parsedWhole(text: string): Found | undefined {
  const bytes = Buffer.from(text);
  const found: Found = [];
  let start = 0;
  let line = 1;
  try {
    parse(bytes, {
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      on_record: (cells: string[], { bytes: end }) => {
        found.push({ cells, line });
        line += bytes.toString("latin1", start, end).split("\n").length - 1;
        start = end;
        return null;
      },
    });
    return found;
  } catch {
    return undefined;
  }
}

const cell = fc.string({
  unit: fc.constantFrom("a", " ", "é", "日", "\r", "\uFEFF"),
  maxLength: 4,
});
const quoted = fc
  .string({ unit: fc.constantFrom("a", "é", ",", "\n", "\r\n", '""'), maxLength: 6 })
  .map((text) => `"${text}"`);

function sheet(cells: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const row = fc.array(cells, { minLength: 1, maxLength: 3 }).map((all) => all.join(","));
  const end = fc.constantFrom("\n", "\r\n");
  const rows = fc.array(fc.tuple(row, end), { maxLength: 8 });
  return fc.tuple(rows, row).map(([all, last]) => all.flat().join("") + last);
}

describe("records", () => {
  it("are those the parser finds, whether a sheet is plain, quoted or some of both", () => {
    const text = fc.oneof(sheet(cell), sheet(quoted), sheet(fc.oneof(cell, quoted)));
    fc.assert(
      fc.property(text, (one) => {
        const whole = parsedWhole(one);
        if (whole) expect(read(one)).toEqual({ found: whole, broken: [] });
      }),
      { numRuns: 300 },
    );
  });

  it("are found in any text, broken ones told and the rest read", () => {
    const unit = fc.constantFrom("a", "é", ",", "\n", "\r", '"');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const whole = parsedWhole(text);
        const { found, broken } = read(text);
        expect(broken.length === 0).toBe(whole !== undefined);
        if (whole) expect(found).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("keep their lines after more quoted rows than one run of the parser takes", () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => `"row\n${index}",x`);
    const text = [...rows, "plain,y", '"quoted",z', "last,ä"].join("\n");
    expect(read(text).found).toEqual(parsedWhole(text));
  });

  it("may hold any character, in whatever piece of a long text it stands", () => {
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      index === 9_000 ? "ä,日" : `p${index},x`,
    );
    expect(read(rows.join("\n")).found).toEqual(parsedWhole(rows.join("\n")));
  });

  it("longer than a record may be are refused without a quote, too", () => {
    const { found, broken } = read(`a,b\n${"x".repeat(MAX_RECORD_SIZE + 2)}\nc,d\n`);
    expect(found.map(({ line }) => line)).toEqual([1, 3]);
    expect(broken).toMatchObject([{ reason: "too-long", line: 2 }]);
  });
});
