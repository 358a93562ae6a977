import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeParts, encodeText } from "../../src/report/results-csv.ts";

it("gives the same bytes in parts as in one", () => {
  const dialect = fc.record({
    delimiter: fc.constant("," as const),
    newline: fc.constant("\n" as const),
    encoding: fc.constantFrom("utf-8" as const, "utf-16le" as const, "utf-16be" as const),
    bom: fc.boolean(),
  });
  const parts = fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { minLength: 1 });
  fc.assert(
    fc.property(parts, dialect, (texts, how) => {
      const copies = Array.from(encodeParts(texts, how), (bytes) => Buffer.from(bytes));
      expect(Buffer.concat(copies)).toEqual(encodeText(texts.join(""), how));
    }),
  );
});
