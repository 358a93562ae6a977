import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { runCli } from "./run-cli.ts";
import type { Workplace } from "./workplace.ts";

/** A command of a page and what the page says it prints. */
export interface ShownCommand {
  /** Without the prompt. */
  command: string;
  output: string;
}

/** A file as the reader has it from here on, or a command. */
export type Step = { file: string; text: string } | ShownCommand;

/** A page of docs/: the files it shows (```csv summer.csv) and its commands (```console). */
export interface Page {
  files: Map<string, string>;
  commands: ShownCommand[];
  /** Both, in the order of the page. */
  steps: Step[];
}

const FENCE = /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms;

/** Reads a page as a reader would. */
export function readPage(name: string): Page {
  const text = readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");
  const page: Page = { files: new Map(), commands: [], steps: [] };
  for (const [, kind, file, body = ""] of text.matchAll(FENCE)) {
    if (kind === "console") {
      const commands = parseConsole(body);
      page.commands.push(...commands);
      page.steps.push(...commands);
    } else if (file !== undefined) {
      page.files.set(file, body);
      page.steps.push({ file, text: body });
    }
  }
  return page;
}

function parseConsole(body: string): ShownCommand[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...output] = part.split("\n");
      return { command, output: output.join("\n") };
    });
}

/** What differs from run to run: ids, hosts, times; progress lines come in any order. */
export function comparable(text: string): string[] {
  const masked = text
    .replaceAll(/IM_\w+/g, "IM_…")
    .replaceAll(/https?:\/\/[^/\s"]+/g, "https://HOST")
    .replaceAll(/ on (127\.0\.0\.1|localhost)(:\d+)?/g, " on HOST")
    .replaceAll(/ on \S+\.qualtrics\.com/g, " on HOST")
    .replaceAll(/UR_\w+/g, "UR_…")
    // Behind an address, whose length differs.
    .replaceAll(/:\d+(?= \w+ FILL_)/g, ":…")
    .replaceAll(/in \d+ s;/g, "in … s;")
    .replaceAll(/request id [0-9a-f-]{36}/g, "request id …")
    .replaceAll(/\d{4}-\d\d-\d\d[ T][\d:.]+Z?/g, "TIME")
    .replaceAll(/, \d+ ms/g, ", … ms")
    .replaceAll(/\w+@[\w.-]+/g, "WHO")
    .replaceAll(/(\S) {2,}/g, "$1  ")
    .replaceAll(/^ +$/gm, "");
  const lines = masked.trimEnd().split("\n");
  return /^(uploaded|deleted) /m.test(masked) ? lines.sort() : lines;
}

/** What a command printed is what the page shows; a line `…` of the page stands for any lines. */
export function expectShown(printed: string, { command, output }: ShownCommand): void {
  const shown = comparable(output);
  if (!shown.includes("…")) {
    expect(comparable(printed), command).toEqual(shown);
    return;
  }
  const told = shown.filter((line) => line !== "…");
  expect(comparable(printed), command).toEqual(expect.arrayContaining(told));
}

/** Does what the page does next: writes the file, or runs the command and compares what it prints. */
export async function walk(place: Workplace, step: Step): Promise<void> {
  if ("file" in step) {
    place.write(step.file, step.text);
    return;
  }
  const isOurs = step.command.startsWith("qgfx ");
  const run = isOurs ? runShown(place, step.command) : runInShell(place, step.command);
  expectShown(await run, step);
}

async function runInShell(place: Workplace, command: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: place.dir });
  return stdout;
}

/** Runs `qgfx …` of a page inside this process, as that workplace's user; stderr comes before stdout. */
export async function runShown(place: Workplace, command: string): Promise<string> {
  const [program, ...args] = splitWords(command);
  if (program !== "qgfx") throw new Error(`the page runs '${command}', expected qgfx`);
  const { stdout, stderr } = await runCli(place.dir, args, place.env);
  return stderr + stdout;
}

/** A command line as a shell would take it apart, quotes and all. */
export function splitWords(command: string): string[] {
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}
