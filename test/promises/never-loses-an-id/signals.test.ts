import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { firstOf } from "../../support/counts.ts";
import { png } from "../../support/pictures.ts";
import { BIN, plainEnv } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = 30;

async function openSlow(): Promise<Workplace> {
  const place = await openWorkplace({ script: { version: 1, latencyMs: 150 } });
  const rows = Array.from({ length: ROWS }, (_, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,F`;
  });
  place.write("m.csv", ["path,folder", ...rows, ""].join("\n"));
  return place;
}

function start(place: Workplace, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [BIN, "apply", "m.csv", "--yes", "--json", ...args], {
    cwd: place.dir,
    env: plainEnv(place.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Resolves at the n-th event of a kind. */
async function untilEvent(child: ChildProcess, event: string, count: number): Promise<void> {
  if (!child.stdout) throw new Error("no stdout");
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).event === event) seen += 1;
    if (seen === count) return;
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = await once(child, "exit");
  return code;
}

function idsInResults(place: Workplace): string[] {
  return place.read("m.results.csv").match(/IM_\w+(?=,http)/g) ?? [];
}

describe.each(firstOf(1, ["SIGINT", "SIGTERM", "SIGHUP"] as const))("the first %s", (signal) => {
  it("finishes what is in flight, writes every row's result, and exits 130", async () => {
    const place = await openSlow();
    const child = start(place, "--concurrency", "2");
    await untilEvent(child, "item.finished", 2);
    child.kill(signal);
    expect(await exitOf(child)).toBe(130);
    const lines = place.read("m.results.csv").trimEnd().split("\n");
    expect(lines).toHaveLength(ROWS + 1);
    const held = await place.held();
    expect(held.length).toBeLessThan(ROWS);
    expect(idsInResults(place).sort()).toEqual(held.map(({ id }) => id).sort());
    expect(lines.filter((line) => line.includes(",unknown,"))).toEqual([]);
  });
});

it("hang-ups after the first do not quit at once: a shell and the system each send one", async () => {
  const place = await openSlow();
  const child = start(place, "--concurrency", "2");
  // Two are under way then, for as long as the service takes.
  await untilEvent(child, "item.started", 4);
  const ended = exitOf(child);
  child.kill("SIGHUP");
  await new Promise((resolve) => setTimeout(resolve, 30));
  child.kill("SIGHUP");
  expect(await ended).toBe(130);
  expect(place.read("m.results.csv")).not.toContain(",unknown,");
});

it("a reader that goes away does not end the run: all rows are uploaded and recorded", async () => {
  const place = await openSlow();
  const child = start(place);
  await untilEvent(child, "run.started", 1);
  child.stdout?.destroy();
  child.stderr?.resume();
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(idsInResults(place)).toHaveLength(ROWS);
});
