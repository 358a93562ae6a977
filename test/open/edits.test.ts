import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OpenPage, openPage, serve } from "../support/open-page.ts";
import { preview, sheetOf } from "../support/open-sheet.ts";

const read = (directory: string) => readFileSync(join(directory, "m.csv"), "utf8");

/** One cell of the first row. */
function setting(base: number, row: number, column: number, text: string) {
  return { base, label: "edit", ops: [{ op: "set", row, column, text }] };
}

describe("edits", () => {
  it("are shown to every page, checked, saved and taken back", async () => {
    const directory = sheetOf(2);
    const { page, server } = await openPage(directory);
    const { events } = await preview(page);
    const other = (await OpenPage.enter(server.url)).listen();
    await other.next("state");
    const { head, rows } = (await page.get("sheet")).json;
    const [first] = rows;
    const change = (await page.post("edits", setting(head.revision, first.id, 1, "B"))).json;
    expect(change).toMatchObject({
      base: 1,
      head: { revision: 2, isChanged: true, undo: "edit" },
      changed: [{ id: first.id, folder: "B" }],
    });
    expect(await other.next("change")).toEqual(change);
    await events.next("plan", ({ revision }) => revision === 2);
    const { plan } = (await page.get("plan")).json;
    expect(plan.actions[0].folder).toBe("B");
    expect(read(directory)).toContain("p1.png,A");

    const behind = await page.post("edits", setting(1, first.id, 1, "C"));
    expect(behind).toMatchObject({ status: 409, json: { error: { code: "STALE" } } });
    const unsaved = { revision: 2, uploads: 2, bytes: 1, library: "UR_x", unknown: "hold" };
    expect((await page.post("run", unsaved)).json.error.code).toBe("UNSAVED");

    const saved = (await page.post("save", { base: 2 })).json;
    expect(saved.head).toMatchObject({ isChanged: false });
    expect(read(directory)).toContain("p1.png,B");
    const undone = (await page.post("undo", { base: saved.head.revision })).json;
    expect(undone).toMatchObject({ head: { isChanged: true, redo: "edit" } });
    const redone = (await page.post("redo", { base: undone.head.revision })).json;
    expect(redone).toMatchObject({ head: { isChanged: false } });
  });

  it("are not made where they cannot be kept, and can be made once they can", async () => {
    const directory = sheetOf(1);
    const { page } = await openPage(directory);
    const { rows } = (await page.post("open", { file: "m.csv" })).json;
    const [{ id }] = rows;
    const first = (await page.post("edits", setting(1, id, 1, "B"))).json;
    const kept = join(directory, ".qgfx", "open");
    rmSync(kept, { recursive: true });
    writeFileSync(kept, "a file where the drafts belong");
    const base = first.head.revision;
    const refused = await page.post("edits", setting(base, id, 1, "C"));
    expect(refused).toMatchObject({
      status: 422,
      json: { error: { message: expect.stringMatching(/^the change was not made: .*open/) } },
    });
    expect((await page.post("undo", { base })).status).toBe(422);
    expect((await page.post("reload")).status).toBe(422);
    const { head, rows: after } = (await page.get("sheet")).json;
    expect({ head, folder: after[0].folder }).toEqual({ head: first.head, folder: "B" });
    rmSync(kept);
    const second = (await page.post("edits", setting(base, id, 1, "C"))).json;
    // What was refused had the revision between, and a page may have seen it.
    expect(second).toMatchObject({ base, changed: [{ folder: "C" }] });
    expect(second.head.revision).toBeGreaterThan(base + 1);
    const { revision } = second.head;
    expect((await page.post("undo", { base: revision })).json.changed).toMatchObject([
      { folder: "B" },
    ]);
  });

  it("outlive the process, until they are discarded", async () => {
    const directory = sheetOf(1);
    const first = await openPage(directory);
    await first.page.post("open", { file: "m.csv" });
    const { rows } = (await first.page.get("sheet")).json;
    await first.page.post("edits", setting(1, rows[0].id, 1, "Kept"));
    // Another process, as after kill -9: nothing was closed.
    const { page } = await openPage(directory);
    const { json } = await page.post("open", { file: "m.csv" });
    expect(json).toMatchObject({
      head: { isChanged: true, recoveredAt: expect.stringMatching(/^20/) },
      rows: [{ folder: "Kept" }],
    });
    const discarded = (await page.post("discard")).json;
    expect(discarded).toMatchObject({ head: { isChanged: false, recoveredAt: null } });
    const again = await serve(directory);
    await again.workspace.open("m.csv");
    expect(again.workspace.sheet.draft.head().recoveredAt).toBeNull();
  });

  it("are merged with what others saved, and asked about where both changed a cell", async () => {
    const directory = sheetOf(2);
    const { page } = await openPage(directory);
    const events = page.listen();
    const { rows } = (await page.post("open", { file: "m.csv" })).json;
    await page.post("edits", setting(1, rows[0].id, 1, "Mine"));
    writeFileSync(join(directory, "m.csv"), "path,folder\np1.png,Theirs\np2.png,Other\n");
    await events.next("state", ({ sheet }) => sheet?.isChangedOnDisk === true);
    const asked = await page.post("save", { base: 2 });
    expect(asked).toMatchObject({
      status: 409,
      json: { conflicts: [{ row: rows[0].id, yours: "Mine", file: "Theirs", was: "A" }] },
    });
    const [{ row, column }] = asked.json.conflicts;
    const conflicts = [{ row, column, keep: "yours" }];
    const saved = await page.post("save", { base: 2, conflicts });
    expect(saved.json.head).toMatchObject({ isChanged: false, isChangedOnDisk: false });
    expect(read(directory)).toBe("path,folder\np1.png,Mine\np2.png,Other\n");
  });

  it("repair one problem, or all of them", async () => {
    const directory = sheetOf(3);
    writeFileSync(join(directory, "m.csv"), "path,folder\nP1.PNG,A\nP2.png,A\np3.png,A\n");
    const { page } = await openPage(directory);
    const events = page.listen();
    await page.post("open", { file: "m.csv" });
    await events.next("validation");
    const { diagnostics } = (await page.get("validation")).json;
    const [problem] = diagnostics.filter(({ repair }: { repair: unknown }) => repair !== null);
    const one = (await page.post("repair", { base: 1, which: problem.repair })).json;
    expect(one).toMatchObject({ head: { revision: 2 }, changed: [{ path: "p1.png" }] });
    expect((await page.get("repairs")).json.changes).toMatchObject([
      { line: 3, from: "P2.png", to: "p2.png" },
    ]);
    const all = (await page.post("repair", { base: 2, which: "all" })).json;
    expect(all.changed).toMatchObject([{ path: "p2.png" }]);
    await page.post("save", { base: all.head.revision });
    expect(read(directory)).toBe("path,folder\np1.png,A\np2.png,A\np3.png,A\n");
  });
});
