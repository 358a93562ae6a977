import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { type CliRun, runCli } from "../support/run-cli.ts";
import { openWorkplace } from "../support/workplace.ts";

const TARGET = {
  QUALTRICS_BASE_URL: "fra1.qualtrics.com",
  QUALTRICS_LIBRARY_ID: "UR_abcdefghijk",
};

/** Runs qgfx where a good manifest is, with only the environment given. */
async function qgfx(args: string[], env: Record<string, string> = {}): Promise<CliRun> {
  const place = await openWorkplace();
  place.write("sun.png", png(1));
  place.write("m.csv", "path,folder\nsun.png,Summer\n");
  const run = await runCli(place.dir, args, env);
  expect(await place.held()).toEqual([]);
  return run;
}

describe("a wrong command line: exit 2, nothing sent, the remedy named", () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ["a command that is none", ["aply", "m.csv"], {}, /unknown command 'aply'[\s\S]*apply/],
    [
      "an option that is none",
      ["plan", "m.csv", "--librari", "x"],
      {},
      /--librari'[\s\S]*--library/,
    ],
    ["no manifest", ["plan"], {}, /missing required argument 'manifest'/],
    ["a manifest that is not there", ["plan", "n.csv"], TARGET, /MANIFEST_NOT_FOUND[\s\S]*m\.csv/],
    ["no service", ["plan", "m.csv"], {}, /HOST_MISSING[\s\S]*QUALTRICS_BASE_URL/],
    ["a data center for a host", ["plan", "m.csv", "--host", "fra1"], {}, /fra1\.qualtrics\.com/],
    ["plain http", ["plan", "m.csv", "--host", "http://fra1.qualtrics.com"], {}, /https/],
    [
      "no library",
      ["plan", "m.csv"],
      { QUALTRICS_BASE_URL: "fra1.qualtrics.com" },
      /LIBRARY_MISSING[\s\S]*qgfx libraries/,
    ],
    ["a library that is none", ["plan", "m.csv", "--library", "X1"], TARGET, /'X1'.*UR_ or GR_/],
    ["no token", ["apply", "m.csv", "--yes"], TARGET, /TOKEN_MISSING[\s\S]*QUALTRICS_API_KEY/],
    [
      "a token that fits no header",
      ["apply", "m.csv", "--yes"],
      { ...TARGET, QUALTRICS_API_KEY: "two words" },
      /token/i,
    ],
    ["no number", ["plan", "m.csv", "--concurrency", "many"], TARGET, /whole number from 1 to 128/],
    ["a policy that is none", ["plan", "m.csv", "--unknown", "x"], TARGET, /hold, retry/],
    ["two services", ["plan", "m.csv", "--sandbox", "--host", "x.y"], {}, /OPTION_CONFLICT/],
    [
      "results over the manifest",
      ["apply", "m.csv", "--yes", "--results", "m.csv"],
      TARGET,
      /overwrite m\.csv/,
    ],
    ["results of nothing", ["results", "m.csv"], {}, /NOTHING_RECORDED[\s\S]*apply/],
  ])("%s", async (_what, args, env, said) => {
    const { code, stdout, stderr } = await qgfx(args, env);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

it("keeps stdout JSON and nothing else: diagnostics of a bad manifest", async () => {
  const place = await openWorkplace();
  place.write("m.csv", "pth\nsun.png\n");
  const { code, stdout } = await place.qgfx("validate", "m.csv", "--json");
  expect(code).toBe(2);
  expect(JSON.parse(stdout).diagnostics[0]).toMatchObject({
    code: "COLUMN_MISSING",
    severity: "error",
    file: "m.csv",
    line: 1,
    field: "path",
  });
});

it("shows control characters of a manifest and of the service, and sends none to the terminal", async () => {
  const name = "B";
  const message = "\u001b[2Jcleared\u202e";
  const play = { kind: "answer", status: 400, message } as const;
  const place = await openWorkplace({ script: { version: 1, faults: [{ name, play }] } });
  place.write("sun.png", png(1));
  place.write("m.csv", "path,name,folder,own\nsun.png,B,Summer,\n");
  const { stdout, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(stderr).toContain("\\u{1b}[2Jcleared\\u{202e}");
  expect(stdout + stderr).not.toMatch(/[\u001b\u202e]/);
  expect(place.read("m.results.csv")).toContain("\\u{1b}[2Jcleared\\u{202e}");
  const retry = await place.qgfx("apply", "m.csv", "--yes", "--json");
  const written = [place.read("m.results.csv"), place.read("m.retry.csv"), retry.stdout];
  expect(written.join("")).not.toMatch(/[\u001b\u202e]/);
});
