import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  adopt,
  apply,
  exportIds,
  ManifestInvalid,
  merge,
  plan,
  resolve,
  results,
  UserError,
  validate,
  verify,
} from "../../src/index.ts";
import type { ExportOptions } from "../../src/library/options.ts";
import { EXPORT_FORMATS } from "../../src/report/exported-row.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const NAMES = ["A", "B", "C"];

async function openThree(...faults: NonNullable<FaultScript["faults"]>): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  for (const [index, name] of NAMES.entries()) place.write(`${name}.png`, png(index));
  place.write(
    "m.csv",
    ["path,name,folder", ...NAMES.map((one) => `${one}.png,${one},F`)].join("\n"),
  );
  return place;
}

function at({ dir, env }: Workplace) {
  return { cwd: dir, env };
}

async function idsOf(place: Workplace): Promise<Record<string, string>> {
  return Object.fromEntries((await place.held()).map(({ name, id }) => [name, id]));
}

describe("a saved plan", () => {
  it("is what apply does, and goes on with its other rows", async () => {
    const place = await openThree({ name: "B", times: 1, play: { kind: "answer", status: 400 } });
    const saved = await plan("m.csv", { ...at(place), out: "m.plan" });
    expect(saved.saved?.manifestPath).toBe("m.csv");
    expect(await place.held()).toEqual([]);
    expect((await apply("m.plan", at(place))).summary).toMatchObject({ uploaded: 2, failed: 1 });
    expect((await apply("m.plan", at(place))).summary).toMatchObject({ uploaded: 1, unchanged: 2 });
  });

  it("is refused once it is stale, and where an option says otherwise", async () => {
    const place = await openThree();
    await plan("m.csv", { ...at(place), out: "m.plan" });
    const other = apply("m.plan", { ...at(place), maxBytes: 1000 });
    await expect(other).rejects.toMatchObject({ code: "OPTION_CONFLICT" });
    place.write("A.png", png(9));
    await expect(apply("m.plan", at(place))).rejects.toMatchObject({ code: "PLAN_STALE" });
    expect(await place.held()).toEqual([]);
  });
});

describe("the record", () => {
  it("is given row by row, and as text to paste", async () => {
    const place = await openThree({ name: "B", play: { kind: "answer", status: 400 } });
    await apply("m.csv", at(place));
    const ids = await idsOf(place);
    rmSync(join(place.dir, "m.results.csv"));
    const { results: file, rows } = await results("m.csv", at(place));
    expect(file).toBe(join(place.dir, "m.results.csv"));
    expect(place.read("m.results.csv")).toContain(ids.A);
    expect(rows.map(({ line, status, graphicId }) => [line, status, graphicId])).toEqual([
      [2, "uploaded", ids.A],
      [3, "failed", null],
      [4, "uploaded", ids.C],
    ]);
    // A format that the type lacks does not compile here.
    const formats: ExportOptions["format"][] = [...EXPORT_FORMATS];
    expect(formats).toContain("json");
    const { text, withoutGraphic } = await exportIds("m.csv", { ...at(place), format: "json" });
    expect(JSON.parse(text ?? "")).toEqual(ids);
    expect(withoutGraphic).toEqual([3]);
    const written = await exportIds("m.csv", { ...at(place), format: "md", out: "ids.md" });
    expect(written).toMatchObject({ out: "ids.md", text: null });
  });

  it("is compared with the library", async () => {
    const place = await openThree();
    await apply("m.csv", at(place));
    const { exitCode, summary, graphics } = await verify("m.csv", at(place));
    expect({ exitCode, exact: summary.exact }).toEqual({ exitCode: 0, exact: 3 });
    expect(graphics.map(({ verdict }) => verdict)).toEqual(["exact", "exact", "exact"]);
  });

  it("takes over the ids of an earlier script", async () => {
    const place = await openThree();
    await apply("m.csv", at(place));
    const ids = await idsOf(place);
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    rmSync(join(place.dir, "m.results.csv"));
    place.write("ids.json", JSON.stringify(ids));
    const { exitCode, summary } = await adopt("m.csv", { ...at(place), from: "ids.json" });
    expect({ exitCode, adopted: summary.adopted }).toEqual({ exitCode: 0, adopted: 3 });
    expect((await plan("m.csv", at(place))).summary).toMatchObject({ unchanged: 3, create: 0 });
  });

  it("is settled by what was found in the library", async () => {
    const lost = { times: 1, play: { kind: "reset", at: "after-store" } } as const;
    const place = await openThree({ name: "A", ...lost }, { name: "B", ...lost });
    expect((await apply("m.csv", at(place))).exitCode).toBe(5);
    const listed = await resolve("m.csv", at(place));
    expect(listed).toMatchObject({ exitCode: 5, settled: [], alarms: [] });
    expect(listed.unknown.map(({ line }) => line)).toEqual([2, 3]);
    const { A = "" } = await idsOf(place);
    const settled = await resolve("m.csv", { ...at(place), landed: { 2: A }, absent: ["F/B"] });
    expect(settled).toMatchObject({ exitCode: 0, unknown: [] });
    expect(settled.settled.map(({ graphicId }) => graphicId)).toEqual([A, null]);
    const { rows } = await results("m.csv", at(place));
    expect(rows.map(({ status }) => status)).toEqual(["uploaded", "not-run", "uploaded"]);
  });

  it("is settled by a list of what is in the library", async () => {
    const lost = { probability: 1, play: { kind: "reset", at: "after-store" } } as const;
    const place = await openThree(lost);
    expect((await apply("m.csv", at(place))).exitCode).toBe(5);
    place.write("ids.json", JSON.stringify(await idsOf(place)));
    const { exitCode, list } = await resolve("m.csv", { ...at(place), from: "ids.json" });
    expect({ exitCode, fit: list?.fit }).toEqual({ exitCode: 0, fit: 3 });
  });

  it("is settled for all that did not land", async () => {
    const lost = { play: { kind: "reset", at: "after-body" } } as const;
    const place = await openThree({ probability: 1, ...lost });
    expect((await apply("m.csv", at(place))).exitCode).toBe(5);
    expect(await resolve("m.csv", { ...at(place), absent: "all" })).toMatchObject({ exitCode: 0 });
  });

  it("is put together from shards", async () => {
    const place = await openThree();
    await apply("m.csv", { ...at(place), shard: "1/2" });
    await expect(merge("m.csv", at(place))).rejects.toMatchObject({ code: "SHARDS_MISSING" });
    await apply("m.csv", { ...at(place), shard: "2/2" });
    const merged = await merge("m.csv", at(place));
    expect(merged).toMatchObject({ exitCode: 0, merged: true, results: "m.results.csv" });
    expect((await plan("m.csv", at(place))).summary).toMatchObject({ unchanged: 3 });
    expect(await place.held()).toHaveLength(3);
  });

  it("is refused of a manifest that has errors", async () => {
    const place = await openThree();
    place.write("bad.csv", "path,name,folder\nA.png,A,F\nB.png,A,F\n");
    for (const act of [results, resolve, verify, merge, adopt]) {
      await expect(act("bad.csv", at(place))).rejects.toThrow(ManifestInvalid);
    }
  });
});

describe("arguments that are not as they should be", () => {
  // What a program without types may give.
  const wrong = (value: unknown) => value as never;

  it.each<[string, () => Promise<unknown>, string]>([
    ["no manifest", () => validate(wrong(undefined)), "validate got undefined for the manifest"],
    ["an empty one", () => plan(""), "plan got '' for the manifest"],
    ["a list", () => apply(wrong(["m.csv"])), "apply got a list for the manifest"],
    ["no options", () => verify("m.csv", wrong(null)), "verify got null for its options"],
    ["a text", () => merge("m.csv", wrong("1/2")), "merge got '1/2' for its options"],
    ["a slip", () => plan("m.csv", wrong({ librari: "UR_1" })), "plan has no option 'librari'"],
    [
      "an option of apply",
      () => plan("m.csv", wrong({ canary: 1 })),
      "plan has no option 'canary'",
    ],
    ["a number", () => plan("m.csv", { folder: wrong(7) }), "folder is 7, expected a text"],
    ["a text for a flag", () => plan("m.csv", { sandbox: wrong("yes") }), "sandbox is 'yes'"],
    ["a shard", () => apply("m.csv", { shard: "3/2" }), "shard is '3/2', expected K/N"],
    ["a signal", () => apply("m.csv", { signal: wrong({}) }), "signal is an object"],
    ["a listener", () => apply("m.csv", { onEvent: wrong("log") }), "onEvent is 'log'"],
    ["no format", () => exportIds("m.csv", wrong({})), "format is undefined, expected one of json"],
    ["a format", () => exportIds("m.csv", { format: wrong("pdf") }), "format is 'pdf'"],
    ["ids", () => resolve("m.csv", { landed: wrong(["IM_1"]) }), "landed is a list"],
    ["rows", () => resolve("m.csv", { absent: wrong("2") }), "absent is '2', expected all"],
    ["ledgers", () => merge("m.csv", { ledgers: wrong("a.db") }), "ledgers is 'a.db'"],
    ["a token", () => apply("m.csv", { token: wrong(12345) }), "token is a number"],
  ])("are told: %s", async (_what, act, message) => {
    const failure = await act().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
  });

  it("name the closest option", async () => {
    const slip = plan("m.csv", wrong({ librari: "UR_1" }));
    await expect(slip).rejects.toMatchObject({ hint: "the closest is 'library'" });
  });
});
