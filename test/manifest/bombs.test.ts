import { describe, expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";
import { counted } from "../support/counts.ts";

const MEGABYTE = 1_000_000;
/** Of what is far more than anyone has. */
const MANY = counted(300_000, MEGABYTE);
/** Of what has no end but the file's. */
const LONG = counted(7, 20) * MEGABYTE;
const YAML = "version: 1\ngraphics:\n";

/** Texts that a parser without limits dies of, and the code each ends in (reliability: Facts). */
const BOMBS: readonly (readonly [what: string, file: string, text: () => string, code: string])[] =
  [
    [
      "a cell of many MB",
      "m.csv",
      () => `path,folder\n${"x".repeat(LONG)},F\n`,
      "MANIFEST_TOO_LARGE",
    ],
    [
      "a quoted cell of many MB",
      "m.csv",
      () => `path\n"${"x\n".repeat(LONG / 2)}"\n`,
      "QUOTE_IN_CELL",
    ],
    [
      "a header of many MB",
      "m.csv",
      () => `path,${"x".repeat(LONG)}\na.png,x\n`,
      "MANIFEST_TOO_LARGE",
    ],
    [
      "a header of many MB in short columns",
      "m.csv",
      () => `path,${"ab,".repeat(LONG / 3)}\n`,
      "MANIFEST_TOO_LARGE",
    ],
    [
      "an unclosed quote before many MB",
      "m.csv",
      () => `path\n"a.png\n${"bcdefghi".repeat(LONG / 8)}`,
      "QUOTE_IN_CELL",
    ],
    ["very many columns", "m.csv", () => `path${",".repeat(MANY)}\na.png\n`, "MANIFEST_TOO_LARGE"],
    [
      "a row of very many cells",
      "m.csv",
      () => `path\na.png${",".repeat(MANY)}\n`,
      "ROW_TOO_MANY_CELLS",
    ],
    [
      "a record of many quoted lines",
      "m.csv",
      () => `path\n${`"\n"${",".repeat(16_000)}`.repeat(900)}\n`,
      "QUOTE_IN_CELL",
    ],
    ["deep flow lists", "m.yaml", () => `${YAML}  - ${"[".repeat(200_000)}`, "YAML_UNSUPPORTED"],
    ["deep flow maps", "m.yaml", () => `${YAML}  - ${"{a: ".repeat(200_000)}`, "YAML_UNSUPPORTED"],
    ["deep block lists", "m.yaml", () => `${"- ".repeat(200_000)}a`, "YAML_UNSUPPORTED"],
    ["deep explicit keys", "m.yaml", () => `${"? ".repeat(200_000)}a`, "YAML_UNSUPPORTED"],
    ["deep indentation", "m.yaml", () => nested(2_000, "a:"), "YAML_UNSUPPORTED"],
    [
      "deep indentation between block texts",
      "m.yaml",
      () => nested(1_000, "t: |\n@ x\n@a:"),
      "YAML_UNSUPPORTED",
    ],
    ["aliases of aliases", "m.yaml", laughs, "YAML_UNSUPPORTED"],
    [
      "a very long list",
      "m.yaml",
      () => `version: 1\ngraphics: [${"a,".repeat(MANY)}]`,
      "MANIFEST_TOO_LARGE",
    ],
    ["nothing but commas", "m.yaml", () => `[${",".repeat(LONG / 70)}]`, "YAML_SYNTAX"],
    [
      "a text of many MB",
      "m.yaml",
      () => `${YAML}  - path: ${"x".repeat(LONG)}`,
      "MANIFEST_TOO_LARGE",
    ],
  ];

/** Lines each indented one column deeper; `@` stands for the indentation within a line. */
function nested(depth: number, line: string): string {
  return Array.from({ length: depth }, (_, level) =>
    `@${line}\n`.replaceAll("@", " ".repeat(level)),
  ).join("");
}

function laughs(): string {
  const lines = Array.from(
    { length: 30 },
    (_, index) => `k${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
  );
  return ["k: &a-1 [lol, lol]", ...lines].join("\n");
}

describe("a hostile manifest ends in a clear error", () => {
  it.each(BOMBS)("%s", async (_what, file, text, code) => {
    const { diagnostics } = await parseManifest(file, Buffer.from(text()), {});
    expect(diagnostics.map((found) => found.code)).toContain(code);
  });
});
