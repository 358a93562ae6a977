import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/manifest/diagnostic.ts";
import { type Expected, MADE_FIXTURES } from "./made-fixtures.ts";
import { validate } from "./validate.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/validation");
const SRC = join(import.meta.dirname, "../../src");

/** Of a file that changes while it is read (test/files) and of an option (parse-workbook.test.ts). */
const NOT_A_FIXTURE = ["FILE_CHANGED", "SHEET_NOT_FOUND"];

const kept = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

function expectedOf(name: string): Expected[] {
  return JSON.parse(readFileSync(join(FIXTURES, name, "expected.json"), "utf8"));
}

function manifestOf(dir: string): string {
  const file = readdirSync(dir).find((name) => name.startsWith("manifest."));
  if (!file) throw new Error(`no manifest in ${dir}`);
  return file;
}

function inShort({ code, line, column, field, severity }: Diagnostic): Expected {
  return { code, line, column, field, severity };
}

async function found(dir: string): Promise<Expected[]> {
  const { diagnostics } = await validate(dir, manifestOf(dir));
  for (const { message, hint } of diagnostics) {
    expect(message).toMatch(/^[^A-Z].*[^.]$/s);
    expect(hint).toMatch(/^[^A-Z].*[^.]$/s);
  }
  return diagnostics.map(inShort);
}

describe("each rule of a manifest", () => {
  it.each(kept)("%s", async (name) => {
    expect(await found(join(FIXTURES, name))).toEqual(expectedOf(name));
  });

  it.each(MADE_FIXTURES)("$name", async ({ make, expected }) => {
    const dir = mkdtempSync(join(tmpdir(), "qgfx-rule-"));
    try {
      make(dir);
      expect(await found(dir)).toEqual(expected);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it.each([...kept, ...MADE_FIXTURES.map(({ name }) => name)])(
    "%s is named after its rule",
    (name) => {
      const made = MADE_FIXTURES.find((fixture) => fixture.name === name);
      const codes = (made?.expected ?? expectedOf(name)).map(({ code }) => code);
      const named = codes.some((code) => name.startsWith(code.toLowerCase().replaceAll("_", "-")));
      expect(named || (name.startsWith("accepts-") && codes.length === 0)).toBe(true);
    },
  );

  it("has a fixture for every code", () => {
    const shown = new Set(
      [...kept.flatMap(expectedOf), ...MADE_FIXTURES.flatMap(({ expected }) => expected)].map(
        ({ code }) => code,
      ),
    );
    expect(codesInSource().filter((code) => !shown.has(code))).toEqual(NOT_A_FIXTURE);
  });
});

/** Every diagnostic's code, as the source spells it: behind a severity, or as the `code` of a sentence. */
function codesInSource(): string[] {
  const files = ["manifest", "files"].flatMap((folder) =>
    readdirSync(join(SRC, folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(SRC, folder, name)),
  );
  const codes = files
    .filter((file) => !/(read-manifest|write-refusal)\.ts$/.test(file))
    .flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(
        /(?:"(?:error|warning|note)",\s*|code: )"([A-Z][A-Z0-9]*_[A-Z0-9_]+)"/g,
      ),
    ])
    .map(([, code = ""]) => code);
  return [...new Set(codes)].sort();
}
