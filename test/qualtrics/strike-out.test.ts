import { expect, it } from "vitest";
import { strikeOut, strikeOutOfAll } from "../../src/qualtrics/host.ts";

const TOKEN = "a/b+c(d)=?";
const BYTES = Buffer.from(TOKEN);

it.each([
  ["as it is", TOKEN],
  ["percent-encoded", encodeURIComponent(TOKEN)],
  ["percent-encoded in small letters", encodeURIComponent(TOKEN).toLowerCase()],
  ["percent-encoded, each character", BYTES.toString("hex").replace(/../g, "%$&")],
  ["in base64", BYTES.toString("base64").replace(/=+$/, "")],
  ["in base64 for URLs", BYTES.toString("base64url")],
  ["in hex", BYTES.toString("hex")],
  ["in large hex", BYTES.toString("hex").toUpperCase()],
])("strikes out a secret %s, wherever it stands", (_, form) => {
  expect(strikeOut(`x ${form}${form} y`, TOKEN)).toBe("x [token][token] y");
});

it("leaves other texts alone", () => {
  expect(strikeOut("a/b+c(d) and nothing else", TOKEN)).toBe("a/b+c(d) and nothing else");
});

it("strikes out every string of a JSON value and keeps the rest", () => {
  const value = { names: [TOKEN, 1, null, { name: `is ${TOKEN}` }], id: "IM_1" };
  expect(strikeOutOfAll(value, TOKEN)).toEqual({
    names: ["[token]", 1, null, { name: "is [token]" }],
    id: "IM_1",
  });
});

it("does not go down into what is nested more deeply than any answer", () => {
  let value: unknown = TOKEN;
  for (let level = 0; level < 200_000; level += 1) value = [value];
  expect(strikeOutOfAll(value, TOKEN)).toBeUndefined();
});
