import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { explanationSchema } from "../../src/report/ledger-documents.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

const HEADER = "path,name,folder\n";

async function openWith(row: string, faults: Faults = []): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  place.write("a.png", png(1));
  place.write("m.csv", `${HEADER}${row}\n`);
  return place;
}

async function explained(place: Workplace): Promise<z.infer<typeof explanationSchema>> {
  const { code, stdout } = await place.qgfx("explain", "m.csv", "2", "--json");
  expect(code).toBe(0);
  return explanationSchema.parse(JSON.parse(stdout));
}

describe("explain", () => {
  it("says of a new row that nothing is recorded", async () => {
    const place = await openWith("a.png,A,F");
    expect(await explained(place)).toMatchObject({
      action: { action: "create", reason: "new" },
      recorded: null,
      versions: [],
      runs: [],
    });
    const { stdout } = await place.qgfx("explain", "m.csv", "2");
    expect(stdout).toContain("m.csv line 2: F/A → create");
    expect(stdout).toContain("no run has dealt with it yet");
  });

  it("shows old and new bytes, and the id that apply replaces", async () => {
    const place = await openWith("a.png,A,F");
    await place.qgfx("apply", "m.csv", "--yes");
    const [held] = await place.held();
    place.write("a.png", png(2));
    const { action, recorded, runs } = await explained(place);
    expect(action).toMatchObject({ action: "replace", reason: "bytes-changed" });
    expect(recorded).toMatchObject({ graphicId: held?.id, sha256: held?.sha256, state: "current" });
    expect(action.sha256).not.toBe(recorded?.sha256);
    expect(runs).toMatchObject([
      { run: 1, command: "apply", status: "uploaded", attempts: [{ graphicId: held?.id }] },
    ]);
  });

  it("shows the name and folder a row comes from", async () => {
    const place = await openWith("a.png,Old,F");
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", `${HEADER}a.png,New,G\n`);
    const { action, recorded } = await explained(place);
    expect(action).toMatchObject({ reason: "moved-and-renamed", name: "New", folder: "G" });
    expect(recorded).toMatchObject({ name: "Old", folder: "F" });
  });

  it("lists every attempt of every run with its time and the service's answer", async () => {
    const refusal = { kind: "answer", status: 400, code: "E_9", message: "not today" } as const;
    const busy = { kind: "answer", status: 429 } as const;
    const place = await openWith("a.png,A,F", [
      { name: "A", times: 1, play: refusal },
      { name: "A", times: 1, play: busy },
    ]);
    await place.qgfx("apply", "m.csv", "--yes");
    await place.qgfx("apply", "m.csv", "--yes");
    const { runs } = await explained(place);
    expect(runs.map(({ run, status }) => [run, status])).toEqual([
      [1, "failed"],
      [2, "uploaded"],
    ]);
    expect(runs[0]?.attempts).toMatchObject([
      { attempt: 1, result: "failed", httpStatus: 400, errorCode: "E_9", message: "not today" },
    ]);
    expect(runs[1]?.attempts).toMatchObject([
      { attempt: 1, result: "refused", httpStatus: 429 },
      { attempt: 2, result: "uploaded", httpStatus: 200 },
    ]);
    for (const attempt of runs.flatMap(({ attempts }) => attempts)) {
      expect(Date.parse(attempt.startedAt)).toBeGreaterThan(0);
      expect(Date.parse(attempt.finishedAt ?? "")).toBeGreaterThanOrEqual(
        Date.parse(attempt.startedAt),
      );
    }
    const { stdout } = await place.qgfx("explain", "m.csv", "2");
    expect(stdout).toMatch(/attempt 1, .* failed, HTTP 400 E_9: not today \(request id /);
  });

  it("says of an upload without an answer what can be done", async () => {
    const lost = { kind: "reset", at: "after-store" } as const;
    const place = await openWith("a.png,A,F", [{ name: "A", times: 1, play: lost }]);
    await place.qgfx("apply", "m.csv", "--yes");
    expect(await explained(place)).toMatchObject({
      action: { action: "unknown", reason: "held" },
      runs: [{ status: "unknown", attempts: [{ result: "unknown" }] }],
    });
    const { stdout } = await place.qgfx("explain", "m.csv", "2");
    expect(stdout).toContain("qgfx resolve");
  });

  it.each(["1", "3", "x"])("refuses line %s, which starts no row", async (line) => {
    const place = await openWith("a.png,A,F");
    const { code, stderr } = await place.qgfx("explain", "m.csv", line);
    expect(code).toBe(2);
    expect(stderr).toContain(`no row of m.csv starts in line '${line}'`);
  });
});
