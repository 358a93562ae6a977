import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { parseManifest } from "../../../src/manifest/parse-manifest.ts";
import { encodeText } from "../../../src/manifest/text-encoding.ts";
import { addressKey } from "../../../src/plan/recorded.ts";
import { startSandbox } from "../../../src/sandbox/start-sandbox.ts";
import { counted } from "../../support/counts.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace } from "../../support/workplace.ts";

// What validation allows in a name: no control, bidirectional, surrogate or separator characters.
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((s) => s.trim() === s && !/[\p{C}\u2028\u2029\u200e\u200f]/u.test(s));
const tricky = fc.constantFrom("=1+1", "+x", "-x", "@x", "'=x", '"q"', "a;b,c", "\\", "%22", "’");
const name = fc.oneof(text, tricky);
const row = fc.record({ name, folder: name, own: fc.oneof(name, fc.constant("two\nlines")) });
const rows = fc.uniqueArray(row, { minLength: 1, maxLength: 6, selector: addressKey });
const dialect = fc.record({
  delimiter: fc.constantFrom("," as const, ";" as const, "\t" as const),
  encoding: fc.constantFrom("utf-8" as const, "utf-16le" as const, "utf-16be" as const),
  bom: fc.constant(true),
  newline: fc.constantFrom("\n" as const, "\r\n" as const),
});

const RUNS = counted(5, 200);

it.each([
  ["defaults", "version: 1\ndefaults: {folder: Mine}\ngraphics:\n  - {path: a.png}\n", []],
  ["--folder", "version: 1\ngraphics:\n  - {path: a.png}\n", ["--folder", "Mine"]],
])(
  "the results of a YAML manifest carry the folder that came from its %s",
  async (_, yaml, options) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("m.yaml", yaml);
    expect(await place.qgfx("apply", "m.yaml", "--yes", ...options)).toMatchObject({ code: 0 });
    expect(place.read("m.results.csv").split("\n")[1]).toMatch(/^a\.png,,,Mine,uploaded,IM_/);
    for (const ledger of [".qgfx/ledger.db", "other.db"]) {
      const { stdout } = await place.qgfx("plan", "m.results.csv", "--json", "--ledger", ledger);
      expect(JSON.parse(stdout).summary).toMatchObject({ unchanged: 1, create: 0, replace: 0 });
    }
    expect(await place.qgfx("apply", "m.results.csv", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toMatchObject([{ name: "a.png", folder: "Mine" }]);
  },
);

it.each(["https://example.com/x", "http://example.com/x", "https://fra1/x", "http://[::1]:1/x"])(
  "an id whose url is %s is another service's: no mistake, and not taken over",
  async (url) => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    const sha256 = createHash("sha256").update(png(1)).digest("hex");
    place.write("m.csv", `path,graphicId,url,sha256\na.png,IM_0123456789a,${url},${sha256}\n`);
    const { code, stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).summary).toMatchObject({ create: 1, unchanged: 0 });
  },
);

it("after apply, plan is all unchanged, and the results read back as the same rows", async () => {
  const sandbox = await startSandbox({});
  onTestFinished(() => sandbox.close());
  const env = {
    QUALTRICS_API_KEY: sandbox.token,
    QUALTRICS_BASE_URL: sandbox.url,
    QUALTRICS_LIBRARY_ID: sandbox.library,
  };
  await fc.assert(
    fc.asyncProperty(rows, dialect, async (wanted, how) => {
      const dir = mkdtempSync(join(tmpdir(), "qgfx-round-"));
      try {
        const cells = wanted.map(({ name, folder, own }, index) => {
          writeFileSync(join(dir, `${index}.png`), png(index));
          return [`${index}.png`, name, folder, own];
        });
        const csv = stringify([["path", "name", "folder", "own note"], ...cells], {
          delimiter: how.delimiter,
          record_delimiter: how.newline,
          quoted_match: /[\r\n]/,
        });
        const bytes = encodeText(csv, how);
        writeFileSync(join(dir, "m.csv"), bytes);

        const applied = await runCli(dir, ["apply", "m.csv", "--yes"], env);
        expect(applied).toMatchObject({ code: 0 });
        for (const file of ["m.csv", "m.results.csv"]) {
          const planned = await runCli(dir, ["plan", file, "--json"], env);
          const { summary } = JSON.parse(planned.stdout);
          expect(summary).toMatchObject({ unchanged: wanted.length, create: 0, replace: 0 });
        }
        const results = readFileSync(join(dir, "m.results.csv"));
        const before = (await parseManifest("m.csv", bytes, {})).manifest;
        const after = (await parseManifest("m.results.csv", results, {})).manifest;
        expect(after?.columns).toEqual(before?.columns);
        expect(after?.rows.map((one) => one.cells)).toEqual(before?.rows.map((one) => one.cells));
        expect(after?.dialect).toEqual(before?.dialect);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }),
    { numRuns: RUNS },
  );
});

it("two rows in one line of a YAML manifest have a record each", async () => {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  const rows = "[{path: a.png, folder: F}, {path: b.png, folder: F}]";
  place.write("m.yaml", `version: 1\ngraphics: ${rows}\n`);
  expect((await place.qgfx("apply", "m.yaml", "--yes")).code).toBe(0);
  const ids = place.read("m.results.csv").match(/IM_\w+(?=,http)/g) ?? [];
  const held = (await place.held()).map(({ id }) => id);
  expect(new Set(ids)).toEqual(new Set(held));
  expect(ids).toHaveLength(2);
});
