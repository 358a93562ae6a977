import { constants, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasTerminals } from "../support/at-terminal.ts";
import { ask, OpenPage } from "../support/open-page.ts";
import { preview } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { BIN } from "../support/program.ts";
import {
  hasWine,
  prepareWine,
  startWindowsConsole,
  startWindowsNode,
  type WindowsProcess,
  type WindowsRun,
  windowsPath,
} from "../support/wine.ts";
import { workbook } from "../support/workbook.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const PROGRAM = windowsPath(BIN);

/** Starts qgfx as on Windows, against a service that listens on this machine. */
function startQgfx(place: Workplace, ...args: string[]): WindowsProcess {
  return startWindowsNode(place.dir, [PROGRAM, ...args], place.env);
}

function qgfx(place: Workplace, ...args: string[]): Promise<WindowsRun> {
  return startQgfx(place, ...args).ended;
}

/** A program that has a file open as Excel does on Windows: nobody else may write or replace it. */
async function holdOpen(place: Workplace, file: string): Promise<WindowsProcess> {
  // UV_FS_O_EXLOCK: shared with nobody.
  const flags = constants.O_RDWR | 0x10000000;
  const script = `const fs = require("fs"); fs.openSync(${JSON.stringify(file)}, ${flags}); fs.writeFileSync("held", ""); setTimeout(() => {}, 60000);`;
  const holder = startWindowsNode(place.dir, ["-e", script]);
  await expect
    .poll(() => readFileSync(join(place.dir, "held"), "utf8"), { timeout: 20_000 })
    .toBe("");
  return holder;
}

async function workplaceWithPictures(count: number): Promise<Workplace> {
  const place = await openWorkplace();
  for (let seed = 1; seed <= count; seed += 1) place.write(`pics/p${seed}.png`, png(seed));
  return place;
}

function sheetOf(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, index) => `pics\\p${index + 1}.png,P${index + 1},F\n`,
  );
  return `path,name,folder\n${rows.join("")}`;
}

describe.skipIf(!hasWine)("on Windows", () => {
  beforeAll(prepareWine);

  it("goes the whole way, from a folder of pictures to ids, and sends nothing twice", async () => {
    const place = await workplaceWithPictures(3);
    place.write("pics/früchte/Äpfel.png", png(9));
    expect(await qgfx(place, "init", "pics", "-o", "s.csv")).toMatchObject({ code: 0 });
    const added = `${place.read("s.csv")}${windowsPath(join(place.dir, "pics\\p1.png"))},Abs,F\n`;
    place.write("s.csv", added.replace("pics/p2.png", "pics\\p2.png"));
    expect(await qgfx(place, "validate", "s.csv")).toMatchObject({ code: 0 });
    expect((await qgfx(place, "plan", "s.csv")).stdout).toContain("5 to create");
    const applied = await qgfx(place, "apply", "s.csv", "--yes");
    expect([applied.code, applied.stdout]).toEqual([0, expect.stringContaining("5 uploaded")]);
    const held = await place.held();
    expect(held.map(({ name }) => name).sort()).toEqual([
      "Abs",
      "p1.png",
      "p2.png",
      "p3.png",
      "Äpfel.png",
    ]);
    const results = place.read("s.results.csv");
    for (const { id } of held) expect(results).toContain(id);
    const again = await qgfx(place, "apply", "s.csv", "--yes");
    expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("5 unchanged")]);
    place.write("s.csv", place.read("s.csv").replace(/^.*p3\.png.*\r?\n/m, ""));
    expect(await qgfx(place, "prune", "s.csv", "--yes")).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ name }) => name)).not.toContain("p3.png");
    // A ledger that Windows wrote goes on here.
    expect((await place.qgfx("apply", "s.csv", "--yes")).code).toBe(2);
    expect(await place.held()).toHaveLength(4);
  });

  it("takes a sheet by its whole path, with umlauts and blanks in it", async () => {
    const place = await workplaceWithPictures(1);
    place.write("Größe é (1)/Fötos/ä.png", png(2));
    const folder = windowsPath(join(place.dir, "Größe é (1)"));
    const sheet = `${folder}\\Übersicht ß.csv`;
    const made = await qgfx(place, "init", `${folder}\\Fötos`, "-o", sheet, "--folder", "Früh");
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining(`validate "${sheet}"`)]);
    place.write(
      "Größe é (1)/Übersicht ß.csv",
      `${place.read("Größe é (1)/Übersicht ß.csv")}${folder}\\FÖTOS\\Ä.PNG,Zwei,Früh\n`,
    );
    expect(await qgfx(place, "apply", sheet, "--yes")).toMatchObject({ code: 0 });
    const held = await place.held();
    expect(held.map(({ folder, name }) => `${folder}/${name}`).sort()).toEqual([
      "Früh/Zwei",
      "Früh/ä.png",
    ]);
    const results = place.read("Größe é (1)/Übersicht ß.results.csv");
    for (const { id } of held) expect(results).toContain(id);
    expect((await qgfx(place, "plan", sheet)).stdout).toContain("2 unchanged");
  });

  it("takes a workbook, and goes on from its results alone", async () => {
    const place = await workplaceWithPictures(2);
    const rows = [
      ["path", "name", "folder"],
      ["pics\\p1.png", "Erdbeere 🍓", "Obst"],
      ["pics/p2.png", "B", "Obst"],
    ];
    place.write("s.xlsx", workbook([{ name: "A", rows }]));
    expect(await qgfx(place, "apply", "s.xlsx", "--yes")).toMatchObject({ code: 0 });
    const before = await place.held();
    expect(before.map(({ name }) => name).sort()).toEqual(["B", "Erdbeere 🍓"]);
    rmSync(join(place.dir, ".qgfx"), { recursive: true });
    const again = await qgfx(place, "apply", "s.xlsx", "--yes");
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("2 unchanged")]);
    expect(await place.held()).toEqual(before);
  });

  it("refuses paths of drives and servers that are outside, and names of devices", async () => {
    const place = await workplaceWithPictures(1);
    const paths = [
      "C:\\Users\\x\\b.png",
      "\\\\server\\share\\a.png",
      "con.png",
      "nul",
      "pics\\p1.png",
    ];
    place.write("s.csv", `path,folder\n${paths.map((path) => `${path},F\n`).join("")}`);
    const { code, stdout } = await qgfx(place, "validate", "s.csv", "--json");
    expect(code).toBe(2);
    const { diagnostics } = JSON.parse(stdout);
    const wrong = diagnostics.map(({ line, code }: { line: number; code: string }) => [line, code]);
    expect(wrong).toEqual([
      [2, "FILE_OUTSIDE_ROOT"],
      [3, "FILE_OUTSIDE_ROOT"],
      [4, "FILE_NOT_FOUND"],
      [5, "FILE_NOT_FOUND"],
    ]);
  });

  it("takes two rows for one picture whose paths differ in case alone", async () => {
    const place = await workplaceWithPictures(1);
    place.write("s.csv", "path,name,folder\npics\\p1.png,A,F\nPICS\\P1.PNG,B,F\n");
    const { code, stdout } = await qgfx(place, "validate", "s.csv");
    expect([code, stdout]).toEqual([0, expect.stringContaining("EQUAL_BYTES")]);
  });

  it("keeps the ids where another program has the results open, and says what to do", async () => {
    const place = await workplaceWithPictures(4);
    place.write("s.csv", sheetOf(1));
    expect(await qgfx(place, "apply", "s.csv", "--yes")).toMatchObject({ code: 0 });
    place.write("s.csv", sheetOf(4));
    const running = startQgfx(place, "apply", "s.csv", "--yes", "--rate", "60");
    await expect.poll(async () => (await place.held()).length, { timeout: 20_000 }).toBe(2);
    const holder = await holdOpen(place, "s.results.csv");
    const { code, stderr } = await running.ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /error WRITE_IN_USE: .*s\.results\.csv' cannot be written: another program has it open/,
    );
    expect(stderr).toContain("close it there, Excel for example");
    expect(stderr).toContain("qgfx results s.csv");
    const blocked = await qgfx(place, "plan", "s.csv");
    expect([blocked.code, blocked.stderr]).toEqual([2, expect.stringContaining("close it in")]);
    holder.kill();
    await setTimeout(500);
    expect(await qgfx(place, "results", "s.csv")).toMatchObject({ code: 0 });
    for (const { id } of await place.held()) expect(place.read("s.results.csv")).toContain(id);
    expect(await place.held()).toHaveLength(4);
  });

  it("lets one writer in, and holds what a killed one had under way", async () => {
    const place = await workplaceWithPictures(6);
    place.write("s.csv", sheetOf(6));
    const running = startQgfx(place, "apply", "s.csv", "--yes", "--rate", "10");
    await expect.poll(async () => (await place.held()).length, { timeout: 20_000 }).toBe(1);
    expect(await qgfx(place, "apply", "s.csv", "--yes")).toMatchObject({ code: 7 });
    running.kill();
    await running.ended;
    const again = await qgfx(place, "apply", "s.csv", "--yes", "--unknown", "hold");
    expect([0, 5]).toContain(again.code);
    const names = (await place.held()).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { id, name } of await place.held()) {
      const isHeld = new RegExp(`,${name},F,unknown,`).test(place.read("s.results.csv"));
      if (!isHeld) expect(place.read("s.results.csv")).toContain(id);
    }
  });

  it("serves a sheet in the browser: page, image, upload, results", async () => {
    const place = await workplaceWithPictures(3);
    place.write("m.csv", sheetOf(2));
    const running = startQgfx(place, "open", "--no-open");
    onTestFinished(async () => {
      running.kill();
      await running.ended;
    });
    await expect.poll(() => running.printed(), { timeout: 20_000 }).toMatch(/\n/);
    const { url } = JSON.parse(running.printed());
    const page = await OpenPage.enter(url);
    const shown = await ask(page.port, "/", { headers: page.headers });
    expect([shown.status, shown.body.toString()]).toEqual([200, expect.stringContaining("<html")]);
    const { events, wanted } = await preview(page, place.sandbox);
    expect((await page.get("state")).json.directory).toMatch(/^Z:\\/);
    const picture = await page.get(`picture/${(await page.get("sheet")).json.rows[0].id}`);
    expect(picture.body.equals(png(1))).toBe(true);
    expect(await page.post("run", wanted)).toMatchObject({ status: 202 });
    const run = await events.next("run", ({ phase }) => phase === "ended");
    expect(run).toMatchObject({ exitCode: 0, uploaded: 2 });
    const held = await place.held();
    expect(held.map(({ name }) => name).sort()).toEqual(["P1", "P2"]);
    for (const { id } of held) expect(place.read("m.results.csv")).toContain(id);
    // A file that another program changes is seen, paths of Windows and all.
    place.write("m.csv", sheetOf(3));
    const { revision } = (await page.post("reload")).json.head;
    await events.next("plan", (plan) => plan.revision === revision);
    expect((await page.get("plan")).json.plan.summary).toMatchObject({ unchanged: 2, create: 1 });
    expect((await page.get("results")).json.rows).toHaveLength(3);
  });

  it.runIf(hasTerminals)("ends in order at Ctrl-C in mid-run, and goes on from there", async () => {
    const place = await openWorkplace({ script: { version: 1, latencyMs: 1_500 } });
    for (let seed = 1; seed <= 12; seed += 1) place.write(`pics/p${seed}.png`, png(seed));
    place.write("s.csv", sheetOf(12));
    const args = [PROGRAM, "apply", "s.csv", "--yes", "--concurrency", "2"];
    const console = startWindowsConsole(place.dir, args, place.env);
    await expect
      .poll(async () => (await place.held()).length, { timeout: 20_000 })
      .toBeGreaterThan(0);
    console.child.stdin?.write("\u0003");
    const { code, stdout } = await console.ended;
    expect(code).toBe(130);
    expect(stdout).toContain("stopping");
    const held = await place.held();
    expect(held.length).toBeLessThan(12);
    const results = place.read("s.results.csv");
    expect(results).not.toContain(",unknown,");
    for (const { id } of held) expect(results).toContain(id);
    expect(await qgfx(place, "apply", "s.csv", "--yes")).toMatchObject({ code: 0 });
    expect(new Set((await place.held()).map(({ name }) => name)).size).toBe(12);
    expect(await place.held()).toHaveLength(12);
  });

  it.runIf(hasTerminals)(
    "stops at once at a second Ctrl-C, with what is unknown held",
    async () => {
      const place = await openWorkplace({ script: { version: 1, latencyMs: 4_000 } });
      for (let seed = 1; seed <= 4; seed += 1) place.write(`pics/p${seed}.png`, png(seed));
      place.write("s.csv", sheetOf(4));
      const args = [PROGRAM, "apply", "s.csv", "--yes", "--concurrency", "1"];
      const console = startWindowsConsole(place.dir, args, place.env);
      await console.shows("P1");
      console.child.stdin?.write("\u0003");
      await console.shows("press Ctrl-C again");
      console.child.stdin?.write("\u0003");
      const { code, stdout } = await console.ended;
      expect([code, stdout]).toEqual([130, expect.stringContaining("stopped at once")]);
      expect(place.read("s.results.csv")).toMatch(/,(?:unknown|not-run),/);
    },
  );

  // A yes cannot be tried: Wine's console takes no Enter from a terminal that is not a person's.
  it.runIf(hasTerminals)("asks in a console, and takes Ctrl-C there for the end", async () => {
    const place = await workplaceWithPictures(1);
    place.write("s.csv", sheetOf(1));
    const console = startWindowsConsole(place.dir, [PROGRAM, "apply", "s.csv"], place.env);
    await console.shows("[y/N]");
    console.child.stdin?.write("\u0003");
    expect(await console.ended).toMatchObject({ code: 130 });
    expect(await place.held()).toEqual([]);
  });

  it.each([
    ["Notepad", (text: string) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`)],
    [
      "PowerShell",
      (text: string) => Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`, "utf16le"),
    ],
  ])("reads a .env that %s wrote", async (_program, encode) => {
    const place = await workplaceWithPictures(1);
    place.write("s.csv", sheetOf(1));
    const lines = Object.entries(place.env).map(([name, value]) => `${name}=${value}\n`);
    place.write(".env", encode(lines.join("")));
    const ended = await startWindowsNode(place.dir, [PROGRAM, "apply", "s.csv", "--yes"]).ended;
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining("1 uploaded") });
  });
});
