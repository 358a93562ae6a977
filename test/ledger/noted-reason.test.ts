import { expect, it } from "vitest";
import { noteReason, readNotedReason } from "../../src/ledger/schema.ts";

const KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324";

it.each([
  ["a.png", undefined, undefined, "new"],
  ["a.png", "percent", undefined, "new"],
  ['"a".png', "backslash", undefined, "new; name-quotes backslash"],
  ["a.png", "percent", KEY, `new; key ${KEY}`],
  ['"a".png', "percent", KEY, `new; key ${KEY}; name-quotes percent`],
] as const)(
  "the reason of %s, sent by %s with key %s, reads back",
  (name, nameQuotes, key, text) => {
    expect(noteReason({ name, reason: "new" }, { nameQuotes, key })).toBe(text);
    const isNoted = name.includes('"');
    expect(readNotedReason(text)).toEqual({
      reason: "new",
      nameQuotes: isNoted ? nameQuotes : undefined,
      key,
    });
  },
);

it.each(["new; key short", "new; name-quotes other", "", "; key ", `new; key ${KEY}0`])(
  "'%s' is a reason and nothing else",
  (text) => {
    expect(readNotedReason(text)).toEqual({ reason: text, nameQuotes: undefined, key: undefined });
  },
);
