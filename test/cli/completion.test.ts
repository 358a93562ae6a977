import { execFile, execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { firstOf } from "../support/counts.ts";
import { BIN } from "../support/program.ts";

const run = promisify(execFile);

let dir: string;

/** A folder to work in, with qgfx on the PATH and files whose names a shell must not take for commands. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-completion-"));
  mkdirSync(join(dir, "bin"));
  const command = join(dir, "bin", "qgfx");
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`);
  chmodSync(command, 0o755);
  mkdirSync(join(dir, "trial"));
  const names = [
    "summer.csv",
    "notes.pdf",
    "trial/one.csv",
    "x$(touch pwned).csv",
    "`touch pwned`.csv",
  ];
  for (const name of names) writeFileSync(join(dir, name), "");
  for (const name of ["bash", "fish", "zsh"]) {
    const script = execFileSync(command, ["complete", name]);
    writeFileSync(join(dir, `qgfx.${name}`), script);
  }
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function environment() {
  return { ...process.env, PATH: `${join(dir, "bin")}:${process.env.PATH}`, HOME: dir };
}

async function shell(program: string, args: string[]): Promise<string[]> {
  const { stdout } = await run(program, args, { cwd: dir, env: environment(), timeout: 20_000 });
  return stdout.split("\n").filter((line) => line !== "");
}

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

/** What bash's Tab key would offer after these words. */
function bashOffers(...words: string[]): Promise<string[]> {
  const script = [
    "source ./qgfx.bash",
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`,
    "_qgfx 2>/dev/null",
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ];
  return shell("bash", ["--norc", "--noprofile", "-c", script.join("\n")]);
}

/** What fish offers for a line; its descriptions are cut off. */
async function fishOffers(line: string): Promise<string[]> {
  const script = `source ./qgfx.fish; complete -C '${line}'`;
  const offered = await shell("fish", ["--no-config", "-c", script]);
  return offered.map((one) => one.split("\t")[0] ?? "");
}

/** What stands on the line once zsh has completed it, in a terminal of its own. */
async function zshCompletes(line: string): Promise<string> {
  const shown = await zshShows(line);
  return /LINE<(.*)>/.exec(shown)?.[1] ?? shown;
}

/** What zsh shows for a line and a Tab: what may follow, then the line as it is now. */
async function zshShows(line: string): Promise<string> {
  const setUp = [
    "autoload -U compinit; compinit -u -D",
    "source ./qgfx.zsh",
    'tell() { print -r -- "LINE<$BUFFER>" }; zle -N tell; bindkey "^X" tell',
    'echo REA""DY',
  ];
  const script = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z '${setUp.join("; ")}'
    zpty -r z out '*READY*'
    zpty -n -w z $'${line}\\t\\x18'
    zpty -r z out '*LINE<*>*'
    print -r -- $out
    zpty -d z`;
  const output = (await shell("zsh", ["-f", "-c", script])).join("\n");
  return stripVTControlCharacters(output).replaceAll("\r", "");
}

describe("completion in bash", () => {
  const OFFERS: readonly (readonly [words: string[], offered: string[]])[] = [
    [
      ["qgfx", "apply", "--unknown", ""],
      ["hold", "retry"],
    ],
    [["qgfx", "help", "ap"], ["apply"]],
    [
      ["qgfx", "--"],
      ["--version", "--help"],
    ],
    [["qgfx", "plan", "su"], ["summer.csv"]],
    [["qgfx", "plan", "--ledger", "no"], ["notes.pdf"]],
    [
      ["qgfx", "init", ""],
      ["bin", "trial"],
    ],
    [["qgfx", "fill", "notes.pdf", "tr"], ["trial/one.csv"]],
    [["qgfx", "explain", "summer.csv", ""], []],
    [["qgfx", "app"], ["apply"]],
    [["qgfx", "apply", "--dat"], []],
    [["qgfx", "apply", "--cana"], ["--canary"]],
    [["qgfx", "results", "m.csv", "--format", "l"], ["loop-merge"]],
    [
      ["qgfx", "show", "-"],
      ["--json", "--no-color", "--quiet", "--help"],
    ],
    [["qgfx", "plan", "tr"], ["trial/one.csv"]],
    [
      ["qgfx", "complete", ""],
      ["bash", "zsh", "fish", "powershell"],
    ],
    [["qgfx", "fill", "no"], ["notes.pdf"]],
    [
      ["qgfx", "fill", "notes.pdf", "--with", ""],
      ["summer.csv", "trial/one.csv"],
    ],
  ];

  it.each(firstOf(8, OFFERS))("offers after %j: %j", async (words, offered) => {
    expect(await bashOffers(...words)).toEqual(offered);
  });

  it("offers every command of the help", async () => {
    const offered = await bashOffers("qgfx", "");
    const { stdout } = await run("qgfx", ["--help"], { env: environment() });
    const [, commands = ""] = stdout.split("Commands:\n");
    const listed = [...commands.matchAll(/^ {2}(\w+)/gm)].map(([, name = ""]) => name);
    expect(offered.sort()).toEqual(listed.sort());
  });

  const TYPED: readonly (readonly [words: string[], offered: string[]])[] = [
    [["qgfx", "plan", "summer.csv", ">", "precious.txt", "--js"], ["--json"]],
    [["qgfx", "plan", "$(touch pwned)", "--js"], ["--json"]],
    [["qgfx", "plan", "`touch pwned`;touch pwned", "--js"], ["--json"]],
    [["qgfx", "plan", "summer.csv", ">", "precious.txt", "--ledger", "pre"], ["precious.txt"]],
    [["qgfx", "plan", "summer.csv", ">", "pre"], []],
    [["qgfx", "plan", "summer.csv", ">>", "pre"], []],
  ];

  it.each(firstOf(3, TYPED))("never carries out what is typed: %j", async (words, offered) => {
    const file = join(dir, "precious.txt");
    writeFileSync(file, "precious");
    onTestFinished(() => rmSync(file));
    expect(await bashOffers(...words)).toEqual(offered);
    expect(readFileSync(file, "utf8")).toBe("precious");
    expect(existsSync(join(dir, "pwned"))).toBe(false);
  });

  it("can be read twice by one shell", async () => {
    const script = "source ./qgfx.bash; source ./qgfx.bash";
    const { stderr } = await run("bash", ["--norc", "--noprofile", "-c", script], { cwd: dir });
    expect(stderr).toBe("");
  });

  it("never runs what a file's name says", async () => {
    expect(await bashOffers("qgfx", "plan", "")).toEqual(["summer.csv", "trial/one.csv"]);
    expect(existsSync(join(dir, "pwned"))).toBe(false);
  });
});

describe.skipIf(!has("fish"))("completion in fish (skipped where fish is not installed)", () => {
  it.each(
    firstOf(4, [
      ["qgfx app", ["apply"]],
      ["qgfx apply --unknown=", ["--unknown=hold", "--unknown=retry"]],
      ["qgfx results m.csv --format=l", ["--format=loop-merge"]],
      ["qgfx plan su", ["summer.csv"]],
      ["qgfx apply --cana", ["--canary"]],
      ["qgfx apply --unknown ", ["hold", "retry"]],
      ["qgfx help ap", ["apply"]],
    ] as const),
  )("offers after '%s': %j", async (line, offered) => {
    expect((await fishOffers(line)).sort()).toEqual(offered);
  });
});

describe.skipIf(!has("zsh"))("completion in zsh (skipped where zsh is not installed)", () => {
  it.each(
    firstOf(2, [
      ["qgfx apply --unknown=re", "qgfx apply --unknown=retry "],
      ["qgfx help ap", "qgfx help apply "],
      ["qgfx app", "qgfx apply "],
      ["qgfx apply --unknown re", "qgfx apply --unknown retry "],
      ["qgfx results m.csv --format=l", "qgfx results m.csv --format=loop-merge "],
    ]),
  )("makes of '%s': '%s'", async (line, completed) => {
    expect(await zshCompletes(line)).toBe(completed);
  });

  it.each(
    firstOf(2, [
      ["qgfx apply --unknown=", ["hold", "retry"]],
      ["qgfx plan ", ["summer.csv", "trial/one.csv"]],
      ["qgfx results m.csv --format=", ["loop-merge", "question", "xlsx"]],
    ] as const),
  )("lists after '%s' what may follow, and each `--` has words after it", async (line, values) => {
    const shown = await zshShows(line);
    for (const value of values) expect(shown).toContain(value);
    expect(shown).not.toMatch(/\s--(\s{2,}|$)/m);
  });
});

describe("qgfx complete", () => {
  it("asks for a shell", async () => {
    const failed = run("qgfx", ["complete"], { env: environment() });
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no shell is named\n"),
    });
  });

  it("refuses a shell it has no script for", async () => {
    const failed = run("qgfx", ["complete", "tcsh"], { env: environment() });
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("SHELL_UNKNOWN"),
    });
  });
});
