import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { firstOf } from "../../support/counts.ts";
import { png } from "../../support/pictures.ts";
import { BIN, type Running, start } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const ROWS = 30;

function writeRows(place: Workplace): void {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,F`;
  });
  place.write("m.csv", ["path,folder", ...rows, ""].join("\n"));
}

function startQgfx(place: Workplace, env: Record<string, string>, ...args: string[]): Running {
  const running = start(process.execPath, [BIN, ...args], { cwd: place.dir, env });
  onTestFinished(() => void running.child.kill("SIGKILL"));
  return running;
}

/** Resolves once it has said something on stderr. */
async function hear({ said }: Running, text: string): Promise<void> {
  await expect.poll(() => said.stderr, { timeout: 20_000 }).toContain(text);
}

/** A service that never answers what `isQuiet` says, and stores nothing. */
async function openQuiet(isQuiet: (method: string) => boolean) {
  let count = 0;
  let hearQuiet = () => {};
  const quiet = new Promise<void>((done) => {
    hearQuiet = done;
  });
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (isQuiet(request.method ?? "")) hearQuiet();
      else answerWithId(response, ++count);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, quiet };
}

function answerWithId(response: ServerResponse, count: number): void {
  const result = { id: `IM_${String(count).padStart(15, "0")}` };
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ result, meta: { httpStatus: "200 - OK", requestId: "r" } }));
}

describe("two uploads that get no answer", () => {
  /** Of thirty rows six are uploaded, and the service keeps quiet about the next two; one of them it has. */
  async function openStalled(): Promise<{ place: Workplace; run: Running }> {
    const stall = (upload: number, store: boolean) =>
      ({ upload, play: { kind: "stall", store } }) as const;
    const faults = [stall(7, false), stall(8, true)];
    const place = await openWorkplace({ script: { version: 1, faults } });
    writeRows(place);
    const run = startQgfx(place, place.env, "apply", "m.csv", "--yes", "--concurrency", "2");
    const uploaded = () => run.said.stderr.match(/^uploaded F\//gm);
    await expect.poll(uploaded, { timeout: 20_000 }).toHaveLength(6);
    // The eighth is stored, so the seventh is under way, too.
    await expect.poll(async () => (await place.held()).length).toBe(7);
    return { place, run };
  }

  it.each(firstOf(1, ["SIGINT", "SIGTERM"] as const))(
    "are unknown after a second %s: results, retry sheet and ledger are written and agree",
    async (signal) => {
      const { place, run } = await openStalled();
      run.child.kill(signal);
      await hear(run, "2 uploads finish first");
      run.child.kill(signal);
      const { code, stderr } = await run.ended;
      expect(code).toBe(130);
      expect(stderr).toContain("stopped at once: 2 uploads without an answer");
      const results = place.read("m.results.csv");
      const count = (status: string) => results.split(`,${status},`).length - 1;
      expect([count("uploaded"), count("unknown"), count("not-run")]).toEqual([6, 2, ROWS - 8]);
      expect(place.read("m.retry.csv").trimEnd().split("\n")).toHaveLength(ROWS - 8 + 1);
      // What the ledger says is what was written.
      await place.qgfx("results", "m.csv");
      expect(place.read("m.results.csv")).toBe(results);
      expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
      const names = (await place.held()).map(({ name }) => name);
      expect(names).toHaveLength(7 + ROWS - 8);
      expect(new Set(names).size).toBe(names.length);
    },
  );

  it("are neither lost nor repeated where a third Ctrl-C ends the process", async () => {
    const { place, run } = await openStalled();
    // Signals in the same instant may reach the process as one.
    for (const delayMs of [0, 30, 0, 30]) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      run.child.kill("SIGINT");
    }
    // On a busy machine all four may have been two.
    const again = setInterval(() => run.child.kill("SIGINT"), 1_000);
    expect((await run.ended).code).toBe(130);
    clearInterval(again);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    const names = (await place.held()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(ROWS - 2);
  });
});

it("a canary's look at its pictures is not waited for after a second Ctrl-C, and its ids are kept", async () => {
  const { url, quiet } = await openQuiet((method) => method === "GET");
  const place = await openWorkplace();
  writeRows(place);
  const env = { ...place.env, QUALTRICS_BASE_URL: url };
  const run = startQgfx(place, env, "apply", "m.csv", "--yes", "--canary", "1");
  await quiet;
  run.child.kill("SIGINT");
  await hear(run, "stopping");
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(place.read("m.results.csv").match(/,uploaded,IM_/g)).toHaveLength(1);
});

it("a deletion without an answer is in doubt after a second Ctrl-C, and the results are written", async () => {
  const { url, quiet } = await openQuiet((method) => method === "DELETE");
  const place = await openWorkplace();
  const env = { ...place.env, QUALTRICS_BASE_URL: url };
  const apply = () => runCli(place.dir, ["apply", "m.csv", "--yes"], env);
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", "path,folder\na.png,F\nb.png,F\n");
  expect(await apply()).toMatchObject({ code: 0 });
  place.write("m.csv", "path,folder\na.png,F\n");
  const run = startQgfx(place, env, "prune", "m.csv", "--yes");
  await quiet;
  rmSync(join(place.dir, "m.results.csv"));
  run.child.kill("SIGINT");
  await hear(run, "1 deletion finishes first");
  run.child.kill("SIGINT");
  expect((await run.ended).code).toBe(130);
  expect(place.read("m.results.csv")).toContain(",uploaded,IM_000000000000001,");
  // Nobody knows whether it is still there: it is not taken for uploaded.
  place.write("m.csv", "path,folder\na.png,F\nb.png,F\n");
  const { stdout } = await runCli(place.dir, ["plan", "m.csv"], env);
  expect(stdout).toContain("1 to create, 1 unchanged");
});
