import fc from "fast-check";

/** What trips parsers: escapes, separators, encodings, blanks, and characters beyond one byte or unit. */
const TRICKY = [
  '"',
  "\\",
  '\\"',
  "'",
  ";",
  ",",
  "=",
  "%",
  "%22",
  "%0D%0A",
  "&quot;",
  " ",
  "  ",
  "/",
  "..",
  "--",
  ":",
  "<",
  ">",
  "@",
  "(",
  ")",
  "[",
  "]",
  "*",
  "?",
  "; filename=x",
  '"; name="folder',
  "filename*=utf-8''x",
  "é",
  "ü",
  "ß",
  "e\u0301",
  "日本",
  "😀",
  "👨‍👩‍👧",
  "\u00a0",
  "a",
  ".png",
];

/** A display or folder name as validation lets through: any text without control characters, not empty. */
export function pictureName(): fc.Arbitrary<string> {
  const tricky = fc.array(fc.constantFrom(...TRICKY), { minLength: 1, maxLength: 12 });
  const anyText = fc.string({ unit: "binary", minLength: 1, maxLength: 40 });
  return fc
    .oneof(
      tricky.map((parts) => parts.join("")),
      anyText,
    )
    .map((text) => text.replace(/\p{Cc}/gu, ""))
    .filter((text) => text !== "");
}
