import { expect, test } from "vitest";
import { checkToken } from "../../src/qualtrics/host.ts";
import { UserError } from "../../src/user-error.ts";

test("white space and a BOM around a token are dropped", () => {
  expect(checkToken("\uFEFF  abcDEF0123!~ \r\n")).toBe("abcDEF0123!~");
});

test.each([
  ["", "empty"],
  [" \n", "empty"],
  ["se cret", "character 3"],
  ["secret\r\nX-Other: 1", "character 7"],
  ["secrét", "character 5"],
  ["secret\u200b", "character 7"],
  ["secret\0", "character 7"],
  ["s".repeat(5000), "5000 characters"],
])("%j is refused without being shown", (text, part) => {
  let refusal: unknown;
  try {
    checkToken(text);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UserError);
  const { message, hint, exitCode } = refusal as UserError;
  expect(message).toContain(part);
  expect(`${message} ${hint}`).not.toMatch(/secr|s{9}/);
  expect(exitCode).toBe(2);
});
