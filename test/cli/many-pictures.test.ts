import { execFile } from "node:child_process";
import { hash } from "node:crypto";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { largePng, png } from "../support/pictures.ts";
import type { CliRun } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const BIN = process.env.QGFX_BIN ?? join(import.meta.dirname, "../../dist/bin/qgfx.js");

const COUNT = 600;

const SLOWLY = ["--concurrency", "1", "--rate", "100000"];

function built(place: Workplace, ...args: string[]): Promise<CliRun> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [BIN, ...args],
      { cwd: place.dir, env: { ...place.env, PATH: process.env.PATH }, maxBuffer: 2 ** 26 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

async function openMany(
  count = COUNT,
  settings?: Parameters<typeof openWorkplace>[0],
): Promise<Workplace> {
  const place = await openWorkplace(settings);
  const rows = Array.from({ length: count }, (_, index) => {
    place.write(`pics/${index}.png`, png(index));
    return `pics/${index}.png,Picture ${index},Summer`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

describe("many pictures", () => {
  it("are each sent as they are, and have a line each with their own id", async () => {
    const place = await openMany();
    const run = await built(place, "apply", "m.csv", "--yes", "--rate", "1000000");
    expect(run.stderr).not.toContain("bug");
    expect(run.code).toBe(0);
    const held = new Map((await place.held()).map((graphic) => [graphic.id, graphic]));
    expect(held.size).toBe(COUNT);
    const [, ...lines] = place.read("m.results.csv").trimEnd().split("\n");
    expect(lines).toHaveLength(COUNT);
    for (const line of lines) {
      const [, name, , status, id = "", , sha256] = line.split(",");
      expect({ status, name, sha256 }).toEqual({
        status: "uploaded",
        name: held.get(id)?.name,
        sha256: held.get(id)?.sha256,
      });
    }
    const plan = JSON.parse((await built(place, "plan", "m.csv", "--json")).stdout);
    expect(plan.summary).toMatchObject({ create: 0, unchanged: COUNT });
  });

  it("of any size arrive as they are, though memory serves one after the other", async () => {
    const place = await openWorkplace();
    const rows = Array.from({ length: 220 }, (_, index) => {
      const size = [100, 30_000, 700_000, 1_200_000][index % 4] ?? 0;
      place.write(`pics/${index}.png`, largePng(index, size));
      return `pics/${index}.png,Picture ${index},Summer`;
    });
    place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
    const run = await built(place, "apply", "m.csv", "--yes", "--rate", "1000000");
    expect(run.stderr).not.toContain("bug");
    expect(run.code).toBe(0);
    const wanted = new Map(
      rows.map((_, index) => [
        `Picture ${index}`,
        hash("sha256", readFileSync(join(place.dir, `pics/${index}.png`))),
      ]),
    );
    const held = await place.held();
    expect(new Map(held.map(({ name, sha256 }) => [name, sha256]))).toEqual(wanted);
  }, 60_000);

  it("are not sent where they changed after the plan, though they were read ahead", async () => {
    const place = await openMany(220, { script: { version: 1, latencyMs: 15 } });
    const applying = built(place, "apply", "m.csv", "--yes", ...SLOWLY);
    await expect.poll(async () => (await place.held()).length).toBeGreaterThan(0);
    place.write("pics/40.png", png(9_999));
    const { code } = await applying;
    expect(code).toBe(3);
    expect(place.read("m.results.csv")).toMatch(/^pics\/40\.png,[^\n]*changed after the plan/m);
    expect((await place.held()).map(({ name }) => name)).not.toContain("Picture 40");
  }, 30_000);

  it("have the same problems found as few have", async () => {
    const place = await openMany();
    place.write("pics/7.png", png(7).subarray(0, 40));
    place.write("pics/80.png", "no picture");
    place.write("pics/300.png", "");
    const elsewhere = await openWorkplace();
    elsewhere.write("a.png", png(1));
    symlinkSync(join(elsewhere.dir, "a.png"), join(place.dir, "pics/link.png"));
    const more = ["pics/link.png", "../out.png", "pics/none.png", "pics"];
    const text = place.read("m.csv") + more.map((path) => `${path},${path},Summer\n`).join("");
    place.write("m.csv", text);
    const inThreads = await built(place, "validate", "m.csv", "--json");
    const onItsOwn = await place.qgfx("validate", "m.csv", "--json");
    expect(inThreads.code).toBe(2);
    const { diagnostics } = JSON.parse(inThreads.stdout);
    expect(diagnostics.map(({ code }: { code: string }) => code)).toEqual([
      "FILE_TRUNCATED",
      "FILE_UNSUPPORTED_TYPE",
      "FILE_EMPTY",
      "FILE_OUTSIDE_ROOT",
      "FILE_OUTSIDE_ROOT",
      "FILE_NOT_FOUND",
      "FILE_NOT_A_FILE",
    ]);
    expect(JSON.parse(onItsOwn.stdout)).toEqual({ version: 1, diagnostics });
  });
});

describe("two rows in one line of a YAML manifest", () => {
  it("have a record each", async () => {
    const place = await openWorkplace();
    place.write("a.png", png(1));
    place.write("b.png", png(2));
    const rows = "[{path: a.png, folder: F}, {path: b.png, folder: F}]";
    place.write("m.yaml", `version: 1\ngraphics: ${rows}\n`);
    expect((await place.qgfx("apply", "m.yaml", "--yes")).code).toBe(0);
    const ids = place.read("m.results.csv").match(/IM_\w+(?=,http)/g) ?? [];
    const held = (await place.held()).map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(held));
    expect(ids).toHaveLength(2);
  });
});
