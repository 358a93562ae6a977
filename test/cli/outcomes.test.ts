import { describe, expect, it } from "vitest";
import { openWithFault, type Play, statuses } from "../support/faulty-place.ts";

describe("an upload the service refuses", () => {
  it("fails alone, and its reason is in the results: status, code, message, request id", async () => {
    const play: Play = { kind: "answer", status: 400, code: "MFDP_3", message: "no good, really" };
    const place = await openWithFault(play);
    const { code } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(3);
    expect(statuses(place)).toEqual(["uploaded", "failed", "uploaded"]);
    expect(place.read("m.results.csv")).toMatch(/MFDP_3.*no good, really.*[0-9a-f-]{36}/);
  });

  it("is tried again by the next run", async () => {
    const place = await openWithFault({ kind: "answer", status: 400 });
    await place.qgfx("apply", "m.csv", "--yes");
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stdout).toContain("1 uploaded, 2 unchanged");
    expect(await place.held()).toHaveLength(3);
  });

  it("is tried again at once where the service says wait", async () => {
    const retryAfter = { seconds: 0 };
    const place = await openWithFault({ kind: "answer", status: 429, retryAfter }, 2);
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stderr).toContain("retrying F/B");
    expect(await place.held()).toHaveLength(3);
  });
});

it("passes the service's hint about a nearer host on", async () => {
  const notice =
    "Request proxied. For faster response times, use this host instead: fra1.qualtrics.com";
  const place = await openWithFault({ kind: "answer", status: 200, store: true, notice });
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(0);
  expect(stderr).toContain("give --host fra1.qualtrics.com");
});
