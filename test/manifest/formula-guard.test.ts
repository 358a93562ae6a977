import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { guardFormula, unguardFormula } from "../../src/manifest/text-encoding.ts";

const cell = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "\n", " ", "＝", "a") }),
);

describe("cells that a spreadsheet would run", () => {
  it.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    " =1",
    "\u00a0\t@x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    " ＝1",
  ])("guards %j", (formula) => {
    expect(guardFormula(formula)).toBe(`'${formula}`);
  });

  it.each(["", "a=b", "1-2", "it's", "'quoted'", "Äpfel"])("leaves %j alone", (plain) => {
    expect(guardFormula(plain)).toBe(plain);
    expect(unguardFormula(plain)).toBe(plain);
  });

  it("keeps quotes that stood before a formula already", () => {
    expect(guardFormula("'=1")).toBe("''=1");
    expect(unguardFormula("''=1")).toBe("'=1");
  });

  it("gives back every cell it guarded, and none begins as a formula", () => {
    fc.assert(
      fc.property(cell, (text) => {
        expect(unguardFormula(guardFormula(text))).toBe(text);
        expect(guardFormula(text)).not.toMatch(/^\s*[=+\-@＝＋－＠]|^[\t\r\n]/);
      }),
    );
  });
});
