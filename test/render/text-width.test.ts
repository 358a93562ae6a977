import fc from "fast-check";
import { expect, it } from "vitest";
import { cutToWidth, textWidth } from "../../src/render/terminal-text.ts";

it.each([
  ["plain", 5],
  ["Äpfel", 5],
  ["A\u0308pfel", 5],
  ["桜の花", 6],
  ["ｶﾀｶﾅ", 4],
  ["ＡＢ", 4],
  ["한국어", 6],
  ["🌷", 2],
  ["👩‍👩‍👧‍👦", 2],
  ["🇩🇪", 2],
  ["❤️", 2],
  ["❤", 1],
  ["a\u200bb", 2],
  ["שלום", 4],
  ["", 0],
])("%s takes %i columns", (text, columns) => {
  expect(textWidth(text)).toBe(columns);
});

it("cuts any text to its columns, between what a reader takes for characters", () => {
  const words = fc.array(fc.constantFrom("a", "桜", "🌷", "👩‍👩‍👧‍👦", "e\u0301", " "));
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 30 }), (parts, columns) => {
      const text = parts.join("");
      const cut = cutToWidth(text, columns);
      expect(textWidth(cut)).toBeLessThanOrEqual(columns);
      if (cut === text) return;
      expect(cut.endsWith("…")).toBe(true);
      expect(textWidth(cut)).toBeGreaterThanOrEqual(columns - 1);
      expect(text.startsWith(cut.slice(0, -1))).toBe(true);
    }),
  );
});
