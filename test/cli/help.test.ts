import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../src/cli/run.ts";
import { runCli } from "../support/run-cli.ts";

const program = buildProgram({
  process: {
    args: [],
    env: {},
    cwd: import.meta.dirname,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    onSignal: () => () => {},
    exitNow: () => {},
  },
  version: "0.0.0",
  exitCode: 0,
});
const COMMANDS = program.commands.map((command) => command.name());

function qgfx(...args: string[]) {
  return runCli(import.meta.dirname, args);
}

describe("--help", () => {
  it.each(COMMANDS)("of %s says what it does and shows examples", async (name) => {
    const { code, stdout, stderr } = await qgfx(name, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: qgfx ${name} `));
    const [, examples = ""] = stdout.split("\nExamples:\n");
    expect(examples.split("\n").filter((line) => line.startsWith("  $ ")).length).toBeGreaterThan(
      0,
    );
    expect(examples).toContain(`qgfx ${name}`);
  });

  it.each(COMMANDS)("of %s describes every option and argument", (name) => {
    const command = program.commands.find((one) => one.name() === name);
    const undescribed = [
      ...(command?.options ?? []),
      ...(command?.registeredArguments ?? []),
    ].filter(({ description }) => !description);
    expect(undescribed).toEqual([]);
    expect(command?.description()).toMatch(/^[a-z]/);
  });

  it("lists every command", async () => {
    const { stdout } = await qgfx("--help");
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  });

  it("ends with what a newcomer runs first, for the rest scrolls away", async () => {
    const { stdout } = await qgfx("--help");
    expect(stdout).toMatch(
      /\n\nFirst steps:\n {2}\$ qgfx init pictures -o summer\.csv .*\n {2}\$ qgfx apply summer\.csv --sandbox .*\n {2}\$ qgfx open .*\n$/,
    );
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("shows no example with an option that is not there", async () => {
    const known = new Set(
      program.commands.flatMap(({ options }) => options.map(({ long }) => long)),
    );
    for (const name of COMMANDS) {
      const { stdout } = await qgfx(name, "--help");
      const [, examples = ""] = stdout.split("\nExamples:\n");
      const ours = examples.split("\n").flatMap((line) => line.split("|")[0] ?? "");
      const used = ours.flatMap((line) => line.replace(/#.*/, "").match(/--[a-z][a-z-]+/g) ?? []);
      expect(
        used.filter((option) => !known.has(option)),
        name,
      ).toEqual([]);
    }
  });
});

describe("help that was asked for is the product, and help in its place is an error", () => {
  it.each([
    ["help"],
    ["--help"],
    ["-h"],
    ["help apply"],
    ["apply --help"],
    ["help help"],
    ["--version"],
  ])("qgfx %s: exit 0, on stdout", async (line) => {
    const { code, stdout, stderr } = await qgfx(...line.split(" "));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toBe("");
  });

  it.each([[""], ["help nonsense"], ["help apply plan"], ["apply"], ["complete"]])(
    "qgfx %s: exit 2, on stderr",
    async (line) => {
      const { code, stdout, stderr } = await qgfx(...line.split(" ").filter(Boolean));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).not.toBe("");
      expect(stderr).not.toContain("needs quotes");
    },
  );
});

describe("what is not known suggests the nearest", () => {
  it.each([
    [["aply", "m.csv"], "unknown command 'aply'", "apply"],
    [["help", "aply"], "unknown command 'aply'", "apply"],
    [["aplly", "m.csv"], "unknown command 'aplly'", "apply"],
    [["validat", "m.csv"], "unknown command 'validat'", "validate"],
    [["plan", "m.csv", "--jason"], "unknown option '--jason'", "--json"],
    [["apply", "m.csv", "--librery", "x"], "unknown option '--librery'", "--library"],
  ])("%j", async (args, message, nearest) => {
    const { code, stdout, stderr } = await qgfx(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(new RegExp(`Did you mean (one of )?.*${nearest}`));
  });

  it("refuses a choice that is none, and says which there are", async () => {
    const { code, stderr } = await qgfx("apply", "m.csv", "--unknown", "maybe");
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are hold, retry");
  });
});
