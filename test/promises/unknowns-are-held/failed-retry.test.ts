import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FaultScript } from "../../../src/sandbox/fault-script.ts";
import { png } from "../../support/pictures.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

describe("an upload without an answer whose retry failed", () => {
  /** Two pictures; the first upload of A lands without an answer, the second is refused. */
  async function openRefusedRetry(): Promise<Workplace> {
    const faults: NonNullable<FaultScript["faults"]> = [
      { name: "A", times: 1, play: { kind: "reset", at: "after-store" } },
      { name: "A", times: 1, play: { kind: "answer", status: 400, code: "E_1", message: "no" } },
    ];
    const place = await openWorkplace({ script: { version: 1, faults } });
    place.write("A.png", png(1));
    place.write("B.png", png(2));
    place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,B,F\n");
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    return place;
  }

  const retried = (place: Workplace) =>
    place.qgfx("apply", "m.csv", "--yes", "--unknown", "retry", "--json");

  it("stays unknown, in the events and in the results, and says what became of the retry", async () => {
    const place = await openRefusedRetry();
    const { code, stdout } = await retried(place);
    expect(code).toBe(5);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const ended = events.find(({ event, line }) => event === "item.finished" && line === 2);
    expect(ended).toMatchObject({ status: "unknown" });
    expect(ended.error).toMatch(/^HTTP 400 E_1: no.*; an earlier upload got no answer$/);
    expect(events.at(-1).summary).toMatchObject({ unchanged: 1, unknown: 1, failed: 0 });
    const results = place.read("m.results.csv");
    const sent = hash("sha256", png(1), "hex");
    const where = `${place.sandbox.library},${sent}`;
    expect(results).toContain(`A.png,A,F,unknown,,,${where},,${ended.error}`);
    expect(existsSync(join(place.dir, "m.retry.csv"))).toBe(false);
    await place.qgfx("results", "m.csv");
    expect(place.read("m.results.csv")).toBe(results);
  });

  it("counts as failed for --max-failures", async () => {
    const place = await openRefusedRetry();
    const args = ["apply", "m.csv", "--yes", "--unknown", "retry", "--max-failures", "1"];
    expect((await place.qgfx(...args)).stderr).toContain("1 row failed");
  });

  it("can be settled as absent: it is what its retry was, and is sent by the next apply", async () => {
    const place = await openRefusedRetry();
    await retried(place);
    const listed = await place.qgfx("resolve", "m.csv");
    expect(listed).toMatchObject({ code: 5 });
    expect(listed.stdout).toContain("? line 2, F/A: connection reset");
    expect(await place.qgfx("resolve", "m.csv", "--absent", "2")).toMatchObject({ code: 0 });
    expect(place.read("m.results.csv")).toContain("A.png,A,F,failed,,,,,,HTTP 400 E_1");
    expect((await place.qgfx("apply", "m.csv", "--yes")).stdout).toContain("1 uploaded");
  });

  it("can be settled under its id: the row is unchanged from then on", async () => {
    const place = await openRefusedRetry();
    await retried(place);
    const landed = (await place.held()).find(({ name }) => name === "A");
    const { code } = await place.qgfx("resolve", "m.csv", "--landed", `2=${landed?.id}`);
    expect(code).toBe(0);
    expect(place.read("m.results.csv")).toContain(`A.png,A,F,uploaded,${landed?.id},`);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  });

  it("fails anew, once it is settled and a later replacement is refused", async () => {
    const place = await openRefusedRetry();
    const landed = (await place.held()).find(({ name }) => name === "A");
    await place.qgfx("resolve", "m.csv", "--landed", `2=${landed?.id}`);
    place.write("A.png", png(3));
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 3 });
    expect(place.read("m.results.csv")).toContain(`A.png,A,F,failed,${landed?.id},`);
  });
});
