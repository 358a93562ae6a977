import fc from "fast-check";
import { expect, it } from "vitest";
import { KeptRecords } from "../../src/jobs/kept-records.ts";
import { rowFinder } from "../../src/plan/row-finder.ts";
import type { RowRecord } from "../../src/report/row-record.ts";

const text = (...some: string[]) => fc.constantFrom(null, ...some);
const record: fc.Arbitrary<RowRecord> = fc.record({
  status: fc.constantFrom("uploaded", "unchanged", "failed", "unknown", "not-run"),
  graphicId: text("", "IM_1", "IM_2"),
  url: text("", "IM_1", "a?IM=IM_1", "a?IM=IM_2", "b?IM=IM_1", "a?IM=IM_1&x"),
  sha256: text("aa", "bb"),
  uploadedAt: text("", "2026-01-01T00:00:00.000Z"),
  error: text("", "reset"),
});

it("gives every record back as it was", () => {
  fc.assert(
    fc.property(fc.array(record), fc.constantFrom("aa", undefined), (records, sha256) => {
      const kept = new KeptRecords();
      for (const one of records) kept.add(one, sha256);
      expect(records.map((_, index) => kept.at(index))).toEqual(records);
      expect(kept.at(records.length)).toBeUndefined();
    }),
  );
});

it("finds a row by its line and address, in whatever order they are asked for", () => {
  const rows = [2, 3, 3, 3, 7].map((line, index) => ({ line, folder: "F", name: `${index}` }));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...rows)), (asked) => {
      const indexOf = rowFinder(rows);
      expect(asked.map((row) => indexOf(row))).toEqual(asked.map((row) => rows.indexOf(row)));
    }),
  );
  expect(() => rowFinder(rows)({ line: 3, folder: "F", name: "0" })).toThrow(/line 3/);
});
