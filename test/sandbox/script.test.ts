import { describe, expect, test } from "vitest";
import { checkFaultScript, parseFaultScript } from "../../src/sandbox/fault-script.ts";

const play = { kind: "stall" };

describe("a fault script", () => {
  test("is read with its defaults filled in", () => {
    const text = '{"version":1,"faults":[{"upload":[1,3],"play":{"kind":"answer","status":500}}]}';
    expect(parseFaultScript(text, "bad-day.json")).toEqual({
      version: 1,
      seed: 0,
      latencyMs: 0,
      faults: [{ upload: [1, 3], play: { kind: "answer", status: 500, store: false } }],
    });
  });

  test.each<[string, unknown, string]>([
    ["another version", { version: 2 }, "version"],
    ["an unknown key", { version: 1, fault: [] }, "unknown key 'fault'"],
    ["a fault that never plays", { version: 1, faults: [{ play }] }, "'probability'"],
    ["an unknown kind", { version: 1, faults: [{ upload: 1, play: { kind: "fire" } }] }, "stall"],
    ["upload 0", { version: 1, faults: [{ upload: 0, play }] }, "faults.0.upload"],
    ["a probability of 2", { version: 1, faults: [{ probability: 2, play }] }, "probability"],
    [
      "a name for a reset within the body",
      { version: 1, faults: [{ name: "a", play: { kind: "reset", at: "half-body" } }] },
      "'upload' or 'probability'",
    ],
    [
      "a status of 99",
      { version: 1, faults: [{ upload: 1, play: { kind: "answer", status: 99 } }] },
      "status",
    ],
  ])("with %s is refused, naming the place", (_, script, words) => {
    expect(() => checkFaultScript(script)).toThrow(words);
  });

  test("gets its location written as it is sent", () => {
    const location = "https://example.com/漢?ü";
    const answer = { kind: "answer" as const, status: 307, location };
    const script = { version: 1 as const, faults: [{ upload: 1, play: answer }] };
    const [fault] = checkFaultScript(script).faults;
    expect(fault?.play).toMatchObject({ location: "https://example.com/%E6%BC%A2?%C3%BC" });
  });

  test("that is no JSON is refused, naming the file", () => {
    const read = () => parseFaultScript("faults: []", "bad-day.yaml");
    expect(read).toThrow(expect.objectContaining({ name: "UserError", code: "BAD_FAULT_SCRIPT" }));
    expect(read).toThrow("'bad-day.yaml' is not JSON");
  });
});
