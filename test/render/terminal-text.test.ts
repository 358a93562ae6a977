import { expect, it } from "vitest";
import { createStyle } from "../../src/render/terminal-text.ts";

const TTY = { isTTY: true };
const PIPE = { isTTY: false };

it.each([
  ["a terminal", TTY, {}, false, true],
  ["a pipe", PIPE, {}, false, false],
  ["FORCE_COLOR on a pipe", PIPE, { FORCE_COLOR: "1" }, false, true],
  ["FORCE_COLOR=0 on a terminal", TTY, { FORCE_COLOR: "0" }, false, false],
  ["NO_COLOR", TTY, { NO_COLOR: "1" }, false, false],
  ["NO_COLOR over FORCE_COLOR", TTY, { NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
  ["an empty NO_COLOR", TTY, { NO_COLOR: "" }, false, true],
  ["--no-color over FORCE_COLOR", TTY, { FORCE_COLOR: "1" }, true, false],
  ["a dumb terminal", TTY, { TERM: "dumb" }, false, false],
])("%s", (_what, stream, env, refused, isColored) => {
  const text = createStyle({ stream, env, refused })("red", "failed");
  expect(text).toBe(isColored ? "\u001b[31mfailed\u001b[39m" : "failed");
});
