import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { HostProcess } from "../../src/cli/host-process.ts";
import { askYesOrNo } from "../../src/cli/terminal.ts";

function openHost(): HostProcess & { stdin: PassThrough } {
  return {
    args: [],
    env: {},
    cwd: "/",
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    onSignal: () => () => {},
    exitNow: () => {},
  };
}

const NEVER = new AbortController().signal;

it.each([
  ["y", true],
  ["YES", true],
  [" yes ", true],
  ["n", false],
  ["", false],
  ["yeah", false],
])("takes %j as an answer for %s", async (answer, isYes) => {
  const host = openHost();
  host.stdin.write(`${answer}\n`);
  expect(await askYesOrNo("upload?", host, NEVER)).toBe(isYes);
});

it("takes the end of the input as no, for all questions that follow", async () => {
  const host = openHost();
  host.stdin.end();
  expect(await askYesOrNo("send again?", host, NEVER)).toBe(false);
  expect(await askYesOrNo("upload?", host, NEVER)).toBe(false);
});
