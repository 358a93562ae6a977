import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPage } from "../support/open-page.ts";
import { sheetOf } from "../support/open-sheet.ts";
import { type TestSheet, workbook } from "../support/workbook.ts";

const COVER: TestSheet = { name: "Cover", rows: [["About this study"]] };
const sheet = (name: string, ...images: number[]): TestSheet => ({
  name,
  rows: [["path", "folder"], ...images.map((image) => [`p${image}.png`, name])],
});

/** A directory with four images and a workbook. */
function directoryWith(...sheets: TestSheet[]): string {
  const directory = sheetOf(4);
  writeFileSync(join(directory, "w.xlsx"), workbook(sheets));
  return directory;
}

const pathsOf = (document: { rows: { path: string }[] }) => document.rows.map(({ path }) => path);

describe("a workbook of several sheets", () => {
  it("is read where its images are, and says which sheets there are", async () => {
    const directory = directoryWith(COVER, sheet("Images", 1, 2));
    const { page } = await openPage(directory);
    const opened = (await page.post("open", { file: "w.xlsx" })).json;
    expect(pathsOf(opened)).toEqual(["p1.png", "p2.png"]);
    expect(opened.workbook).toEqual({ sheets: ["Cover", "Images"], read: "Images" });
    expect((await page.get("sheet")).json.workbook).toEqual(opened.workbook);
  });

  it("has no choice where it has one sheet, and a CSV has none", async () => {
    const { page } = await openPage(directoryWith(sheet("Images", 1)));
    expect((await page.post("open", { file: "w.xlsx" })).json.workbook).toBe(null);
    expect((await page.post("open", { file: "m.csv" })).json.workbook).toBe(null);
    const none = await page.post("sheet", { name: "Images" });
    expect([none.status, none.json.error.code]).toEqual([404, "NOT_FOUND"]);
  });

  it("can be read at another sheet, by all that is done with it, from then on", async () => {
    const directory = directoryWith(COVER, sheet("Old", 1, 2), sheet("New", 3));
    const { page, server } = await openPage(directory);
    const events = page.listen();
    const opened = (await page.post("open", { file: "w.xlsx" })).json;
    expect(opened).toMatchObject({
      rows: [],
      workbook: { sheets: ["Cover", "Old", "New"], read: null },
      problem: { code: "SHEET_AMBIGUOUS", hint: "choose the one that lists your images" },
    });
    const chosen = (await page.post("sheet", { name: "New" })).json;
    expect(pathsOf(chosen)).toEqual(["p3.png"]);
    expect(chosen.head.revision).toBeGreaterThan(opened.head.revision);
    expect(chosen.workbook.read).toBe("New");
    const { revision } = chosen.head;
    await events.next("plan", (plan) => plan.revision === revision);
    const { plan } = (await page.get("plan")).json;
    expect(plan.actions.map(({ path }: { path: string }) => path)).toEqual(["p3.png"]);
    const [{ id }] = chosen.rows;
    const ops = [{ op: "set", row: id, column: 1, text: "Other" }];
    const edited = (await page.post("edits", { base: revision, label: "edit", ops })).json;
    const unsaved = await page.post("sheet", { name: "Old" });
    expect([unsaved.status, unsaved.json.error.code]).toEqual([422, "UNSAVED"]);
    const saved = (await page.post("save", { base: edited.head.revision })).json;
    await events.next("plan", (plan) => plan.revision === saved.head.revision);
    const { summary } = (await page.get("plan")).json.plan;
    const { create: uploads, bytes } = summary;
    const wanted = { revision: saved.head.revision, uploads, bytes, library: "UR_Sandbox000001" };
    expect((await page.post("run", { ...wanted, unknown: "hold" })).status).toBe(202);
    await events.next("run", ({ phase }) => phase === "ended");
    const { rows } = (await page.get("results")).json;
    expect(rows).toMatchObject([{ path: "p3.png", folder: "Other", status: "uploaded" }]);
    expect((await page.get("export?format=json")).json.text).toMatch(/"p3.png": "IM_/);
    expect((await page.get("history")).json.runs).toHaveLength(1);

    await server.close();
    const next = await openPage(directory);
    const listed = (await next.page.get("start")).json.sheets;
    expect(listed).toContainEqual({ file: "w.xlsx", rows: 1, problem: null });
    const again = (await next.page.post("open", { file: "w.xlsx" })).json;
    expect(again).toMatchObject({ rows: [{ path: "p3.png", folder: "Other" }] });
    const back = (await next.page.post("sheet", { name: "Old" })).json;
    expect(pathsOf(back)).toEqual(["p1.png", "p2.png"]);
    const odd = await next.page.post("sheet", { name: "Nothing" });
    expect([odd.status, odd.json.error.code]).toEqual([404, "NOT_FOUND"]);
  });

  it("is asked about again where the sheet that was chosen is gone", async () => {
    const directory = directoryWith(sheet("Old", 1), sheet("New", 2));
    const { page } = await openPage(directory);
    await page.post("open", { file: "w.xlsx" });
    await page.post("sheet", { name: "New" });
    writeFileSync(join(directory, "w.xlsx"), workbook([sheet("Old", 1), sheet("Newer", 2, 3)]));
    const reloaded = (await page.post("reload")).json;
    expect(reloaded).toMatchObject({
      workbook: { sheets: ["Old", "Newer"], read: null },
      problem: { code: "SHEET_NOT_FOUND", hint: "choose one of its sheets" },
    });
    const chosen = (await page.post("sheet", { name: "Newer" })).json;
    expect(pathsOf(chosen)).toEqual(["p2.png", "p3.png"]);
  });
});
