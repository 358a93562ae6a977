import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask, makeDirectory, OpenPage, openPage } from "../support/open-page.ts";
import { png } from "../support/pictures.ts";

function sheetWith(csv: string): string {
  const directory = makeDirectory();
  writeFileSync(join(directory, "sun.png"), png(1));
  writeFileSync(join(directory, "rain.png"), png(2));
  writeFileSync(join(directory, "m.csv"), csv);
  return directory;
}

describe("the server of `qgfx open`", () => {
  it("lets in who has the address, and shows the page under its policy", async () => {
    const { page, server } = await openPage(makeDirectory());
    const entrance = await ask(
      server.port,
      new URL(server.url).pathname + new URL(server.url).search,
    );
    expect(entrance.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^qgfx-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/),
    ]);
    expect(entrance.body.toString()).toContain("location.replace");
    const { status, headers } = await ask(server.port, "/", { headers: page.headers });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "content-security-policy": expect.stringMatching(
        /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'.*frame-ancestors 'none'/,
      ),
    });
  });

  it("lists what can be opened", async () => {
    const directory = sheetWith("path\nsun.png\n");
    mkdirSync(join(directory, "pictures"));
    writeFileSync(join(directory, "pictures/a.png"), png(3));
    writeFileSync(join(directory, "notes.csv"), "a,b\n1,2\n");
    writeFileSync(join(directory, "m.results.csv"), "path\nsun.png\n");
    const { page } = await openPage(directory);
    const { json } = await page.get("start");
    expect(json).toMatchObject({
      sheets: [
        { file: "m.csv", rows: 1, problem: null },
        { file: "notes.csv", rows: null, problem: expect.stringContaining("path") },
      ],
      pictures: [
        { directory: ".", count: 2 },
        { directory: "pictures", count: 1 },
      ],
    });
  });

  it("shows a sheet, what is wrong with it, and what would be done", async () => {
    const directory = sheetWith("path,display name,my notes\nsun.png,Sun,May\nrian.png,,\n");
    const { page } = await openPage(directory);
    const events = page.listen();
    expect(await events.next("state")).toMatchObject({
      sheet: null,
      target: { kind: "sandbox", library: "UR_Sandbox000001" },
    });
    const { status, json } = await page.post("open", { file: "m.csv" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      head: { file: "m.csv", format: "csv", isChanged: false },
      columns: [
        { header: "path", field: "path" },
        { header: "display name", field: "name" },
        { header: "my notes", field: null },
      ],
      rows: [
        { line: 2, cells: ["sun.png", "Sun", "May"], name: "Sun", folder: "Uncategorized" },
        { line: 3, path: "rian.png", name: "rian.png" },
      ],
    });
    const { revision } = await events.next("validation");
    const [sun, rian] = json.rows;
    const validation = (await page.get("validation")).json;
    expect(validation.revision).toBe(revision);
    expect(validation.diagnostics).toContainEqual(
      expect.objectContaining({ code: "FILE_NOT_FOUND", row: rian.id, column: 0, line: 3 }),
    );
    expect(validation.images[sun.id]).toEqual({
      path: "sun.png",
      type: "image/png",
      widthPx: 1,
      heightPx: 1,
      sizeBytes: png(1).length,
      mark: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect((await page.get("plan")).json).toMatchObject({ revision, plan: null });
  });

  it("plans a sheet without errors", async () => {
    const { page } = await openPage(sheetWith("path,folder\nsun.png,A\nrain.png,A\n"));
    const events = page.listen();
    const { rows } = (await page.post("open", { file: "m.csv" })).json;
    await events.next("plan");
    expect((await page.get("plan")).json).toMatchObject({
      plan: { summary: { create: 2 }, target: { host: "sandbox" } },
      rows: [rows[0].id, rows[1].id],
      shortestMs: 50,
      problem: null,
    });
  });

  it("makes a sheet of a folder of pictures", async () => {
    const directory = makeDirectory();
    mkdirSync(join(directory, "pictures/Spring"), { recursive: true });
    writeFileSync(join(directory, "pictures/Spring/tulip.png"), png(1));
    const { page } = await openPage(directory);
    const { json } = await page.post("open", { directory: "pictures" });
    expect(json).toMatchObject({
      head: { file: "pictures.csv" },
      rows: [{ path: "pictures/Spring/tulip.png", name: "tulip.png", folder: "Spring" }],
    });
  });

  it("tells when the file has changed on disk, and takes it over", async () => {
    const directory = sheetWith("path\nsun.png\n");
    const { page } = await openPage(directory);
    const events = page.listen();
    await page.post("open", { file: "m.csv" });
    writeFileSync(join(directory, "m.csv"), "path\nsun.png\nrain.png\n");
    await events.next("state", ({ sheet }) => sheet?.isChangedOnDisk === true);
    const { json } = await page.post("reload");
    expect(json).toMatchObject({ head: { revision: 2, isChangedOnDisk: false } });
    expect(json.rows).toHaveLength(2);
  });

  it("ends when no page has been there for long", async () => {
    const { page, server } = await openPage(sheetWith("path\nsun.png\n"), { idleMs: 200 });
    const events = page.listen();
    await events.next("state");
    let isIdle = false;
    void server.idle.then(() => {
      isIdle = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isIdle).toBe(false);
    events.close();
    await server.idle;
  });

  it("keeps the open sheet as it is when a second page opens it", async () => {
    const { page, server } = await openPage(sheetWith("path\nsun.png\n"));
    const first = (await page.post("open", { file: "m.csv" })).json;
    const label = "edit";
    const ops = [{ op: "set", row: first.rows[0].id, column: 0, text: "rain.png" }];
    await page.post("edits", { base: 1, label, ops });
    const second = await OpenPage.enter(server.url);
    const { json } = await second.post("open", { file: "./m.csv" });
    expect(json).toMatchObject({
      head: { revision: 2, undo: "edit" },
      rows: [{ path: "rain.png" }],
    });
  });
});
