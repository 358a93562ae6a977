import { expect, test } from "vitest";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import type { Diagnostic } from "../../src/manifest/diagnostic.ts";
import { MOST_OF_A_CODE } from "../../src/manifest/diagnostic.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { parseYaml } from "../../src/manifest/parse-yaml.ts";
import { formatDiagnosticCounts } from "../../src/render/manifest-text.ts";

const ROWS = 3 * MOST_OF_A_CODE;

function errorsOf(row: string): Diagnostic[] {
  const bytes = Buffer.from(`path,name,folder\n${row.repeat(ROWS)}`);
  const { manifest, diagnostics } = parseCsv("m.csv", bytes, undefined);
  return [...diagnostics, ...(manifest ? checkManifest(manifest) : [])];
}

test.each([
  ["ADDRESS_DUPLICATE", "a.png,Same,F\n", ROWS - 1],
  ["PATH_EMPTY", ",x,F\n", ROWS],
  ["ROW_TOO_MANY_CELLS", "a.png,x,F,more\n", ROWS],
])("of %s the first are shown, and then how many more there are", (code, row, count) => {
  const found = errorsOf(row).filter((one) => one.code === code);
  expect(found).toHaveLength(MOST_OF_A_CODE + 1);
  const last = found.at(-1);
  expect(last?.severity).toBe("error");
  expect(last?.message).toContain(`${count - MOST_OF_A_CODE} more of this kind`);
  expect(last?.line).toBe((found.at(-2)?.line ?? 0) + 1);
  expect(formatDiagnosticCounts(found)).toBe(`${count.toLocaleString("en")} errors`);
});

test("unknown keys of one map are counted like problems of many rows", () => {
  const keys = Array.from({ length: ROWS }, (_, index) => `    k${index}: 1\n`);
  const bytes = Buffer.from(`version: 1\ngraphics:\n  - path: a.png\n${keys.join("")}`);
  const { diagnostics } = parseYaml("m.yaml", bytes, undefined);
  const found = diagnostics.filter(({ code }) => code === "KEY_UNKNOWN");
  expect(found).toHaveLength(MOST_OF_A_CODE + 1);
  expect(found.at(-1)?.message).toContain(`${ROWS - MOST_OF_A_CODE} more of this kind`);
});
