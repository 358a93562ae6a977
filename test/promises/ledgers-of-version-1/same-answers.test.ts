import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
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

/*
 * What version 0.1 said is compared whole but for what is said otherwise since:
 * - `status` says how a row stands, not what the last run did: `unchanged` became `uploaded`. The summary of a merge, which
 *   counts how rows stand, follows.
 * - `library` is new, and so is the hash of what was sent where an upload got no answer: both are looked at by themselves.
 * - A retry sheet is the manifest by another name: what its run did last is in the manifest's results, which 0.1 wrote
 *   into `summer.retry.results.csv`.
 * - Results of `--sandbox` are in a file of their own.
 * - The results that a killed run did not come to write are written by whatever command comes next.
 * - With `--json` a command that fails says why on stdout, too, where version 0.1 said nothing.
 */

type Cells = Record<string, string>;

function readCsv(text: string): Cells[] {
  return parse<Cells>(text, { columns: true });
}

/** Rows of results as version 0.1 told them, in the words of today; `later` is what its retry sheet's results say. */
function inTodaysWords(text: string, later: readonly Cells[]): Cells[] {
  return readCsv(text).map((row) => {
    const last = later.find(({ folder, name }) => folder === row.folder && name === row.name);
    const told = { ...row, ...last };
    return { ...told, status: told.status === "unchanged" ? "uploaded" : (told.status ?? "") };
  });
}

/** Rows of today's results with the columns that version 0.1 had; the others are looked at. */
function inOldColumns(text: string, libraryId: string): Cells[] {
  return readCsv(text).map(({ library, ...row }) => {
    const isSent = row.status === "unknown" && row.graphicId === "";
    expect(library).toBe(isSent || row.graphicId !== "" ? libraryId : "");
    if (!isSent) return row;
    expect(row.sha256).toMatch(/^[0-9a-f]{64}$/);
    return { ...row, sha256: "" };
  });
}

const SANDBOX_RESULTS = ["summer.results.csv", "summer.sandbox.results.csv"] as const;

/** What a document of version 0.1 says today. */
function jsonToday(argv: readonly string[], json: unknown): unknown {
  if (argv[0] !== "merge") return json;
  const { summary, ...rest } = mergeSchema.parse(json);
  const { uploaded, unchanged } = summary;
  return { ...rest, summary: { ...summary, uploaded: uploaded + unchanged, unchanged: 0 } };
}

const mergeSchema = z.looseObject({
  summary: z.looseObject({ uploaded: z.int(), unchanged: z.int() }),
});

type Command = z.infer<typeof expectedSchema>["commands"][number];

/** Whether a command is there to write the results. */
function isToWrite({ argv }: Command): boolean {
  return argv[0] === "merge" || (argv[0] === "results" && !argv.includes("--format"));
}

/** The results in a folder after a command, as version 0.1 named them and as they are named today. */
function readResults(dir: string, { argv, written }: Command) {
  return Object.entries(written ?? {}).map(([file, text]) => {
    const today = argv.includes("--sandbox") ? file.replace(...SANDBOX_RESULTS) : file;
    const [old, now] = [file, today].map((name) => {
      const path = join(dir, name);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    });
    return { file, today, text, old, now: now ?? "" };
  });
}

/** Expects on stdout what version 0.1 said, or says today. */
function expectSameOutput({ argv, error, exitCode, json, stdout: old }: Command, stdout: string) {
  const isSandbox = argv.includes("--sandbox");
  const told = isSandbox ? old?.replace(...SANDBOX_RESULTS) : old;
  if (error !== undefined && argv.includes("--json")) {
    const failure = JSON.parse(stdout);
    expect([told, failure.error.code, failure.error.exitCode]).toEqual(["", error, exitCode]);
  } else if (json === undefined) expect(stdout).toBe(told);
  else expect(JSON.parse(stdout)).toEqual(jsonToday(argv, json));
}

describe.each(fixtures)("a ledger of version 0.1, %s", (fixture) => {
  const { environment, commands } = readExpected(fixture);
  const cases = commands.map((command) => ({ ...command, line: command.argv.join(" ") }));
  /** What its `qgfx results` wrote: all that the ledger knows. */
  const whole = commands.find((command) => command.argv[0] === "results" && isToWrite(command));
  const libraryId = environment.QUALTRICS_LIBRARY_ID ?? "UR_Sandbox000001";

  it.each(cases)("gives the same: qgfx $line", async (expected) => {
    const dir = copyOf(fixture);
    const env = { ...environment, QUALTRICS_API_KEY: "nobody-listens" };
    const { code, stdout, stderr } = await runCli(dir, expected.argv, env);
    expect([code, stderr.match(/error ([A-Z_]+):/)?.[1]]).toEqual([
      expected.exitCode,
      expected.error,
    ]);
    expectSameOutput(expected, stdout);

    const later = readCsv(expected.written?.["summer.retry.results.csv"] ?? "");
    const files = readResults(dir, expected);
    const isNew = ({ now }: { now: string }) => now.includes("url,library,sha256");
    // What no command of today wrote is as version 0.1 left it.
    for (const { file, today, text, old } of files.filter(
      (one) => !isNew(one) || one.file !== one.today,
    )) {
      expect(old, `${file}, ${today}`).toBe(text);
    }
    const written = files.filter(isNew);
    for (const { file, text, now } of written) {
      const said = isToWrite(expected) ? text : (whole?.written?.[file] ?? text);
      expect(inOldColumns(now, libraryId)).toEqual(inTodaysWords(said, later));
    }
    if (isToWrite(expected)) expect(stdout).toContain(written[0]?.today ?? "nothing");
    else if (!fixture.startsWith("killed")) expect(written).toEqual([]);
  });
});
