import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import {
  apply,
  ManifestInvalid,
  plan,
  type RunEvent,
  UserError,
  validate,
} from "../../src/index.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

type Faults = NonNullable<FaultScript["faults"]>;

async function openThree(...faults: Faults): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, faults } });
  const rows = ["A", "B", "C"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},F`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

function at({ dir, env }: Workplace) {
  return { cwd: dir, env };
}

describe("the library", () => {
  it("does what the command does: same plan, same results, same ledger", async () => {
    const place = await openThree();
    const { stdout } = await place.qgfx("plan", "m.csv", "--json");
    expect(await plan("m.csv", at(place))).toEqual(JSON.parse(stdout));
    const { exitCode, summary, rows } = await apply("m.csv", at(place));
    expect(exitCode).toBe(0);
    expect(summary).toMatchObject({ uploaded: 3, failed: 0 });
    const ids = new Map((await place.held()).map(({ name, id }) => [name, id]));
    expect(rows.map(({ line, graphicId }) => [line, graphicId])).toEqual(
      ["A", "B", "C"].map((name, index) => [index + 2, ids.get(name)]),
    );
    const rerun = await place.qgfx("plan", "m.csv");
    expect(rerun.stdout).toContain("3 unchanged");
    expect(place.read("m.results.csv")).toContain("uploaded");
  });

  it("refuses a plan that apply would refuse: shards are not merged", async () => {
    const place = await openThree();
    await place.qgfx("apply", "m.csv", "--yes", "--shard", "1/2");
    const refused = expect.objectContaining({ code: "SHARDS_NOT_MERGED" });
    await expect(plan("m.csv", at(place))).rejects.toEqual(refused);
    await expect(apply("m.csv", at(place))).rejects.toEqual(refused);
  });

  it("names the results in the folder that it began in, wherever the program went meanwhile", async () => {
    const place = await openThree();
    const folder = vi.spyOn(process, "cwd").mockReturnValue(place.dir);
    const onEvent = () => void folder.mockReturnValue(join(place.dir, "elsewhere"));
    const applied = await apply("m.csv", { env: place.env, onEvent });
    folder.mockRestore();
    expect(applied.results).toBe(join(place.dir, "m.results.csv"));
  });

  it("gives the same events as --json, the results alike without a listener", async () => {
    const [watched, unwatched] = [await openThree(), await openThree()];
    const events: RunEvent[] = [];
    const one = await apply("m.csv", { ...at(watched), onEvent: (event) => events.push(event) });
    const other = await apply("m.csv", at(unwatched));
    expect(events.map(({ event }) => event).sort()).toEqual(
      ["item.finished", "item.finished", "item.finished", "item.started", "item.started"].concat([
        "item.started",
        "run.finished",
        "run.started",
      ]),
    );
    expect(other.summary).toEqual(one.summary);
  });

  it("gives a failed row as a result", async () => {
    const place = await openThree({ name: "B", play: { kind: "answer", status: 400 } });
    const { exitCode, rows } = await apply("m.csv", at(place));
    expect(exitCode).toBe(3);
    expect(rows.map(({ status }) => status)).toEqual(["uploaded", "failed", "uploaded"]);
    expect(rows[1]?.error).toContain("HTTP 400");
  });

  it("says why a run stopped", async () => {
    const place = await openThree({ upload: 1, play: { kind: "answer", status: 401 } });
    const { exitCode, stopped } = await apply("m.csv", { ...at(place), concurrency: 1 });
    expect(exitCode).toBe(8);
    expect(stopped).toMatchObject({ by: "service" });
  });

  it("lets what is under way end when its signal is aborted, and goes on the next time", async () => {
    const place = await openThree({ name: "A", play: { kind: "delay", delayMs: 300 } });
    const controller = new AbortController();
    const onEvent = ({ event }: RunEvent) => {
      if (event === "item.started") controller.abort();
    };
    const options = { ...at(place), concurrency: 1, onEvent, signal: controller.signal };
    const { exitCode, rows } = await apply("m.csv", options);
    expect(exitCode).toBe(130);
    expect(rows.map(({ status }) => status)).toEqual(["uploaded", "not-run", "not-run"]);
    const again = await apply("m.csv", at(place));
    expect(again.summary).toMatchObject({ uploaded: 2, unchanged: 1 });
    expect(await place.held()).toHaveLength(3);
  });

  it("sends nothing for a signal that is aborted already", async () => {
    const place = await openThree();
    const { exitCode } = await apply("m.csv", { ...at(place), signal: AbortSignal.abort() });
    expect(exitCode).toBe(130);
    expect(await place.held()).toEqual([]);
  });

  it("ends the run before it throws what a listener threw", async () => {
    const place = await openThree();
    const failing = apply("m.csv", {
      ...at(place),
      onEvent: () => {
        throw new Error("mine");
      },
    });
    await expect(failing).rejects.toThrow("mine");
    expect(await place.held()).toHaveLength(3);
    expect(place.read("m.results.csv").match(/,uploaded,IM_/g)).toHaveLength(3);
  });

  it("ends the run before it throws what an async listener rejected with", async () => {
    const place = await openThree();
    const onEvent = async ({ event }: RunEvent) => {
      if (event === "item.finished") throw new Error("the listener's own");
    };
    await expect(apply("m.csv", { ...at(place), onEvent })).rejects.toThrow("the listener's own");
    expect(await place.held()).toHaveLength(3);
    expect(place.read("m.results.csv").match(/,IM_/g)).toHaveLength(3);
  });

  it("waits for async listeners before it resolves", async () => {
    const place = await openThree();
    let count = 0;
    const onEvent = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      count += 1;
    };
    await apply("m.csv", { ...at(place), onEvent });
    expect(count).toBe(8);
  });

  it("tells why there are no results", async () => {
    const place = await openThree();
    const results = join(place.dir, "late.csv");
    const onEvent = ({ event }: RunEvent) => {
      if (event === "run.started") mkdirSync(results);
    };
    const applied = await apply("m.csv", { ...at(place), results, onEvent });
    expect(applied).toMatchObject({ exitCode: 3, summary: { uploaded: 3 }, results: undefined });
    expect(applied.alarms.join("\n")).toMatch(/WRITE_NOT_A_FILE[\s\S]*qgfx results m\.csv/);
  });

  it("gives every problem of a manifest, and throws them together where they are errors", async () => {
    const place = await openThree();
    place.write("bad.csv", "path,name,folder\nnone.png,A,F\nA.png,A,F\n");
    const problems = await validate("bad.csv", at(place));
    const codes = problems.map(({ code, line }) => `${line} ${code}`);
    expect(codes).toEqual(["2 FILE_NOT_FOUND", "3 ADDRESS_DUPLICATE"]);
    const failing = apply("bad.csv", at(place));
    await expect(failing).rejects.toThrow(ManifestInvalid);
    await expect(failing).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
      diagnostics: problems,
    });
  });

  it("takes the token as an option", async () => {
    const place = await openThree();
    const { QUALTRICS_API_KEY: token = "", ...env } = place.env;
    await expect(apply("m.csv", { cwd: place.dir, env })).rejects.toMatchObject({
      code: "TOKEN_MISSING",
    });
    const { exitCode } = await apply("m.csv", { cwd: place.dir, env, token });
    expect(exitCode).toBe(0);
  });

  it.each([
    { concurrency: 0 },
    { rate: 1.5 },
    { canary: -1 },
    { maxFailures: Number.NaN },
    { unknown: "maybe" as "hold" },
  ])("refuses %j before anything is sent", async (option) => {
    const place = await openThree();
    await expect(apply("m.csv", { ...at(place), ...option })).rejects.toThrow(UserError);
    expect(await place.held()).toEqual([]);
  });

  it("writes nothing to stdout or stderr", async () => {
    const place = await openThree({ name: "B", play: { kind: "answer", status: 400 } });
    const written: unknown[] = [];
    const { stdout, stderr } = process;
    const before = [stdout.write, stderr.write] as const;
    const keep = (chunk: unknown) => written.push(chunk) > 0;
    stdout.write = keep;
    stderr.write = keep;
    try {
      await apply("m.csv", at(place));
    } finally {
      [stdout.write, stderr.write] = before;
    }
    expect(written).toEqual([]);
  });
});
