import { expect, test } from "vitest";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import type { Diagnostic } from "../../src/manifest/diagnostic.ts";
import { parseCsv } from "../../src/manifest/parse-csv.ts";
import { parseYaml } from "../../src/manifest/parse-yaml.ts";
import { formatValidation } from "../../src/render/manifest-text.ts";
import { PLAIN } from "../../src/render/terminal-text.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace } from "../support/workplace.ts";
import { decoded } from "./decoded.ts";

const ROWS = 3_000;

function errorsOf(row: string): Diagnostic[] {
  const bytes = decoded(`path,name,folder\n${row.repeat(ROWS)}`);
  const { manifest, diagnostics } = parseCsv("m.csv", bytes, undefined);
  return [...diagnostics, ...(manifest ? checkManifest(manifest) : [])];
}

function told(found: readonly Diagnostic[]): string[] {
  return formatValidation("m.csv", found, {}, PLAIN)?.split("\n") ?? [];
}

test.each([
  ["ADDRESS_DUPLICATE", "a.png,Same,F\n", ROWS - 1],
  ["PATH_EMPTY", ",x,F\n", ROWS],
  ["ROW_TOO_MANY_CELLS", "a.png,x,F,more\n", ROWS],
])("%s in thousands of rows is told once, and kept for each", (code, row, count) => {
  const found = errorsOf(row).filter((one) => one.code === code);
  expect(found).toHaveLength(count);
  const lines = told(found);
  expect(lines).toHaveLength(4);
  expect(lines[2]).toContain(`the same in ${(count - 1).toLocaleString("en")} more: lines `);
  expect(lines[3]).toBe(`m.csv: ${count.toLocaleString("en")} errors`);
});

test("unknown keys of one map are told like problems of many rows", () => {
  const keys = Array.from({ length: ROWS }, (_, index) => `    k${index}: 1\n`);
  const bytes = decoded(`version: 1\ngraphics:\n  - path: a.png\n${keys.join("")}`);
  const { diagnostics } = parseYaml("m.yaml", bytes, undefined);
  expect(diagnostics).toHaveLength(ROWS);
  expect(told(diagnostics).length).toBeLessThan(15);
});

test("tells each way to mend a problem, however many folders have it", async () => {
  const place = await openWorkplace();
  place.write("elsewhere/moved.png", png(1));
  place.write("imgs/photo.jpeg", png(2));
  const folders = ["a", "b", "c", "d", "e"].map((folder) => `${folder}/gone-${folder}.png`);
  const paths = [...folders, "moved.png", "imgs/photo.jpg"];
  place.write("m.csv", ["path,folder", ...paths.map((path) => `${path},F`), ""].join("\n"));
  const { stdout } = await place.qgfx("validate", "m.csv");
  expect(stdout).toContain("the same in 4 more: lines 3, 4, 5, 6");
  expect(stdout).toContain("a file of that name is at 'elsewhere/moved.png'");
  expect(stdout).toContain("write 'imgs/photo.jpeg'");
});
