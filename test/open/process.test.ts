import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeDirectory, OpenPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";
import { BIN, type Running, start } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";

/** `qgfx open` as a process of its own, once it has printed its address. */
async function open(cwd: string, ...args: string[]): Promise<Running & { url: string }> {
  const running = start(process.execPath, [BIN, "open", "--no-open", ...args], { cwd });
  onTestFinished(async () => {
    running.child.kill("SIGKILL");
    await running.ended;
  });
  await expect.poll(() => running.said.stdout).toMatch(/\n/);
  return { ...running, url: JSON.parse(running.said.stdout).url };
}

describe("`qgfx open` as a process", () => {
  it("prints its address as JSON, keeps its secret for this user, and ends with Ctrl-C", async () => {
    const directory = sheetOf(1);
    const { url, child, ended } = await open(directory, "m.csv");
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?k=[\w-]{43}$/);
    const file = join(directory, ".qgfx/open/server.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const page = await OpenPage.enter(url);
    expect((await page.get("state")).json.sheet.file).toBe("m.csv");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(existsSync(file)).toBe(false);
  });

  it("is found by a second one, in the same directory and below", async () => {
    const directory = sheetOf(1);
    mkdirSync(join(directory, "below"));
    const first = await open(directory);
    for (const name of ["m.csv", "below"]) {
      const second = await open(directory, name);
      expect(second.url).toBe(first.url);
      expect((await second.ended).code).toBe(0);
    }
    const page = await OpenPage.enter(first.url);
    expect((await page.get("state")).json.sheet?.file).toBe("m.csv");
  });

  it("takes no process for its own that does not know the secret", async () => {
    const directory = sheetOf(1);
    const other = await service();
    const port = Number(new URL(other.url).port);
    mkdirSync(join(directory, ".qgfx/open"), { recursive: true });
    const file = join(directory, ".qgfx/open/server.json");
    writeFileSync(file, JSON.stringify({ version: 1, port, secret: "s".repeat(43) }), {
      mode: 0o600,
    });
    const { url } = await open(directory);
    expect(Number(new URL(url).port)).not.toBe(port);
    expect(JSON.parse(readFileSync(file, "utf8")).port).toBe(Number(new URL(url).port));
  });

  it("refuses what is not there, and a port that is taken", async () => {
    const directory = makeDirectory();
    const missing = await runCli(directory, ["open", "nothing.csv", "--no-open"]);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toMatch(/error OPEN_NOT_FOUND: .*'nothing.csv'/);
    const { url } = await service();
    const taken = await runCli(directory, ["open", "--no-open", "--port", new URL(url).port]);
    expect(taken).toMatchObject({ code: 2, stdout: "" });
    expect(taken.stderr).toMatch(/error OPEN_CANNOT_LISTEN: [\s\S]*--port/);
  });

  it("lets a run end in order at Ctrl-C, and says so", async () => {
    const sandbox = await service({ latencyMs: 400 });
    const directory = sheetOf(200);
    const { url, child, ended } = await open(directory);
    const page = await OpenPage.enter(url);
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ uploaded }) => uploaded > 0);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/stopping/);
    const results = readFileSync(join(directory, "m.results.csv"), "utf8");
    expect(results.match(/,uploaded,/g)).toHaveLength((await sandbox.held()).length);
  });

  it("killed in mid-run and started again: unknowns are listed, nothing goes twice", async () => {
    const sandbox = await service({ latencyMs: 100 });
    const directory = sheetOf(40);
    const killed = await open(directory);
    const before = await preview(await OpenPage.enter(killed.url), sandbox);
    const page = await OpenPage.enter(killed.url);
    await page.post("run", before.wanted);
    await before.events.next("run", ({ uploaded }) => uploaded > 0);
    killed.child.kill("SIGKILL");
    await killed.ended;

    const { url } = await open(directory);
    const again = await OpenPage.enter(url);
    const { events, wanted } = await preview(again, sandbox);
    const { unknowns } = (await again.get("unknowns")).json;
    const { plan } = (await again.get("plan")).json;
    expect(plan.summary.unknown).toBe(unknowns.length);
    // Each is settled by what is in the library.
    const held = (await sandbox.held()) as { id: string; name: string }[];
    for (const { folder, name } of unknowns) {
      const graphicId = held.find((one) => one.name === name)?.id ?? null;
      expect((await again.post("settle", { folder, name, graphicId })).status).toBe(200);
    }
    const { revision } = (await again.post("reload")).json.head;
    await events.next("plan", (plan) => plan.revision === revision);
    const { summary } = (await again.get("plan")).json.plan;
    const rest = { revision, uploads: summary.create, bytes: summary.bytes };
    expect((await again.post("run", { ...wanted, ...rest })).status).toBe(202);
    await events.next("run", ({ phase }) => phase === "ended");
    const names = (await sandbox.held()).map(({ name }) => name);
    expect(names).toHaveLength(40);
    expect(new Set(names).size).toBe(40);
  });
});
