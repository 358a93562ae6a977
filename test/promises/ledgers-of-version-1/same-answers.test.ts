import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { runCli } from "../../support/run-cli.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/ledgers-v1");

/** What version 0.1 said of a folder; see the fixtures' README. */
const expectedSchema = z.object({
  story: z.string(),
  environment: z.record(z.string(), z.string()),
  commands: z.array(
    z.object({
      argv: z.array(z.string()),
      exitCode: z.int(),
      json: z.unknown().optional(),
      stdout: z.string().optional(),
      error: z.string().optional(),
      written: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

function readExpected(fixture: string) {
  const text = readFileSync(join(FIXTURES, fixture, "expected.json"), "utf8");
  return expectedSchema.parse(JSON.parse(text));
}

/** A copy that may be written to. */
function copyOf(fixture: string): string {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-v1-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(FIXTURES, fixture, "files"), dir, { recursive: true });
  return dir;
}

const fixtures = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe.each(fixtures)("a ledger of version 0.1, %s", (fixture) => {
  const { environment, commands } = readExpected(fixture);
  const cases = commands.map((command) => ({ ...command, line: command.argv.join(" ") }));

  it.each(cases)("gives the same: qgfx $line", async (expected) => {
    const dir = copyOf(fixture);
    const env = { ...environment, QUALTRICS_API_KEY: "nobody-listens" };
    const { code, stdout, stderr } = await runCli(dir, expected.argv, env);
    expect([code, stderr.match(/error ([A-Z_]+):/)?.[1]]).toEqual([
      expected.exitCode,
      expected.error,
    ]);
    if (expected.json === undefined) expect(stdout).toBe(expected.stdout);
    else expect(JSON.parse(stdout)).toEqual(expected.json);
    for (const [file, text] of Object.entries(expected.written ?? {})) {
      expect(readFileSync(join(dir, file), "utf8")).toBe(text);
    }
  });
});
