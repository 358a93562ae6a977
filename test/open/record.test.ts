import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanDocument } from "../../src/plan/plan-document.ts";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { makeDirectory, type OpenPage, openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";

/** Uploads the sheet of a directory to the sandbox; gives the page. */
async function uploaded(directory: string): Promise<OpenPage> {
  const { page } = await openPage(directory);
  const { events, wanted } = await preview(page);
  await page.post("run", wanted);
  await events.next("run", ({ phase }) => phase === "ended");
  return page;
}

/** Two trials, each with an image for each side. */
const SIDES = "path,trial,side\np1.png,a,left\np2.png,a,right\np3.png,b,right\np4.png,b,left\n";

const RATING = `[[AdvancedFormat]]

[[Question:MC]]
[[ID:nice]]
How nice is this? {{img:1}}
[[Choices]]
Not at all
Very

`;

describe("what was done", () => {
  it("is exported by the columns that a format goes by", async () => {
    const directory = sheetOf(4);
    writeFileSync(join(directory, "m.csv"), SIDES);
    const page = await uploaded(directory);
    const { formats } = (await page.get("exports")).json;
    const by = formats.flatMap((one: { format: string; by: string[]; needsGroup: boolean }) =>
      one.by.length === 0 ? [] : [[one.format, one.needsGroup, ...one.by]],
    );
    expect(by).toEqual([
      ["js", false, "groupBy"],
      ["loop-merge", false, "groupBy", "columns"],
      ["embedded", true, "groupBy", "columns"],
      ["question", false, "groupBy", "columns"],
    ]);
    const { text, notes } = (await page.get("export?format=loop-merge&groupBy=trial")).json;
    expect(text.split("\n")[0]).toBe("trial\tgraphic 1\tgraphic 2");
    expect(notes.join(" ")).not.toContain("--");
    const sided = (await page.get("export?format=loop-merge&groupBy=trial&columns=side")).json;
    expect(sided.text.split("\n")[0]).toBe("trial\tleft\tright");
    const { json } = await page.get("export?format=loop-merge&groupBy=side&columns=side");
    expect(json.error).toMatchObject({
      code: "LOOP_GROUPS_UNEVEN",
      hint: "give each group one row for each field, or choose other columns",
    });
    const named = { format: "loop-merge", groupBy: "trial", columns: "side", file: "loop.txt" };
    expect((await page.post("export", named)).json.file).toBe("loop.txt");
    expect(readFileSync(join(directory, "loop.txt"), "utf8")).toBe(sided.text);
  });

  it("is exported as contacts, a line for each of the user's own ids", async () => {
    const directory = sheetOf(4);
    writeFileSync(join(directory, "m.csv"), SIDES);
    const page = await uploaded(directory);
    const asked = "export?format=embedded&groupBy=trial&columns=side";
    const { text, notes } = (await page.get(asked)).json;
    expect(text.split("\n")[0]).toBe("trial,left_id,left_url,right_id,right_url");
    expect(text.match(/^[ab],IM_/gm)).toHaveLength(2);
    expect(notes).toEqual([]);
    const named = { format: "embedded", groupBy: "trial", columns: "side", file: "all.csv" };
    expect((await page.post("export", named)).json.file).toBe("all.csv");
    // As Excel reads it.
    expect(readFileSync(join(directory, "all.csv"), "utf8")).toBe(
      `\uFEFF${text.replaceAll("\n", "\r\n")}`,
    );
    const twice = await page.get("export?format=embedded&groupBy=trial&columns=trial");
    expect([twice.status, twice.json.error]).toMatchObject([
      422,
      {
        code: "EMBEDDED_TWICE",
        hint: "choose another column, or let the order of the rows decide",
      },
    ]);
    const table = await page.post("export", { format: "json", file: "x.csv" });
    expect(table.json.error.message).not.toContain("--");
  });

  it("is exported as copies of the user's own question", async () => {
    const directory = sheetOf(4);
    writeFileSync(join(directory, "m.csv"), SIDES);
    const page = await uploaded(directory);
    const ask = (survey: string, query: string) =>
      page.send(`questions?template=rating.txt${query}`, "application/octet-stream", survey);
    const { text } = (await ask(RATING, "")).json;
    expect(text.match(/^\[\[ID:.*\]\]$/gm)).toEqual([
      "[[ID:nice_1_p1_png]]",
      "[[ID:nice_2_p2_png]]",
      "[[ID:nice_3_p3_png]]",
      "[[ID:nice_4_p4_png]]",
    ]);
    expect(text.match(/IM_\w{15}/g)).toHaveLength(4);
    const pair = RATING.replace("{{img:1}}", "{{img:left}} {{img:right}}");
    const saved = await ask(pair, "&groupBy=trial&columns=side&file=pairs.txt");
    expect(saved.json).toMatchObject({ file: "pairs.txt", text: null });
    expect(readFileSync(join(directory, "pairs.txt"), "utf8").match(/^\[\[ID:/gm)).toHaveLength(2);
    const taken = await ask(pair, "&groupBy=trial&columns=side&file=pairs.txt");
    expect(taken.json.error.code).toBe("FILE_EXISTS");
    const without = await ask("[[Question:DB]]\nHow nice is this?\n", "");
    expect(without.json.error.code).toBe("TEMPLATE_WITHOUT_PICTURE");
    const unknown = await ask(`${RATING}{{img:nobody}}\n`, "&file=never.txt");
    expect([unknown.status, unknown.json.error]).toMatchObject([
      422,
      { message: expect.stringMatching(/^rating\.txt, line 10: .*nobody/) },
    ]);
    expect(existsSync(join(directory, "never.txt"))).toBe(false);
  });

  it("is not said to be saved where the spreadsheet's errors forbid it", async () => {
    const directory = sheetOf(2);
    const page = await uploaded(directory);
    writeFileSync(join(directory, "m.csv"), "path,name,folder\np1.png,X,A\np2.png,X,A\n");
    for (const answer of [
      await page.get("export?format=json"),
      await page.post("export", { format: "json", file: "ids.json" }),
    ]) {
      expect([answer.status, answer.json.error?.code]).toEqual([422, "MANIFEST_INVALID"]);
    }
    expect(existsSync(join(directory, "ids.json"))).toBe(false);
  });

  it("is empty before the first upload", async () => {
    const { page } = await openPage(sheetOf(1));
    await preview(page);
    expect((await page.get("results")).json).toEqual({ version: 1, library: "", rows: [] });
    expect((await page.get("unknowns")).json.unknowns).toEqual([]);
    expect((await page.get("history")).json.runs).toEqual([]);
  });

  it("is shown, exported, and taken back", async () => {
    const directory = sheetOf(2);
    const { page } = await openPage(directory);
    const { events, wanted } = await preview(page);
    await page.post("run", wanted);
    await events.next("run", ({ phase }) => phase === "ended");

    const results = (await page.get("results")).json;
    expect(results).toMatchObject({
      library: "UR_Sandbox000001",
      rows: [
        { line: 2, path: "p1.png", status: "uploaded", graphicId: expect.stringMatching(/^IM_/) },
        { line: 3, path: "p2.png", status: "uploaded", url: null, error: null },
      ],
    });
    const [first, second] = results.rows;

    const { formats } = (await page.get("exports")).json;
    expect(formats).toContainEqual(expect.objectContaining({ format: "json", extension: "json" }));
    const shown = (await page.get("export?format=json")).json;
    expect(JSON.parse(shown.text)).toEqual({
      "p1.png": first.graphicId,
      "p2.png": second.graphicId,
    });
    const saved = await page.post("export", { format: "json", file: "ids.json" });
    expect(saved.json).toMatchObject({ file: "ids.json", text: null });
    expect(readFileSync(join(directory, "ids.json"), "utf8")).toBe(shown.text);
    for (const file of ["ids.json", "m.csv", "../ids.json", ".qgfx", "a/b.json", "", "p1.png"]) {
      const refused = await page.post("export", { format: "json", file });
      expect([file, refused.status]).toEqual([file, 422]);
    }

    const history = (await page.get("history")).json;
    expect(history.runs).toMatchObject([{ run: 1, counts: "2 uploaded", canUndo: true }]);
    const deletions = (await page.get("deletions?run=1")).json;
    expect(deletions).toMatchObject({ document: { summary: { delete: 2 } }, others: null });
    const wrong = await page.post("delete", { run: 1, count: 1, others: false });
    expect(wrong).toMatchObject({ status: 422, json: { error: { code: "TOO_MANY_DELETIONS" } } });
    const from = events.heard.length;
    const deleted = await page.post("delete", { run: 1, count: 2, others: false });
    expect(deleted).toMatchObject({ status: 202, json: { what: "deletion", total: 2 } });
    const run = await events.next("run", ({ phase }) => phase === "ended", from);
    expect(run).toMatchObject({ number: 2, exitCode: 0, uploaded: 2 });
    expect(run.recent.map(({ status }) => status)).toEqual(["deleted", "deleted"]);
    await events.next("plan", () => true, events.heard.length - 1);
    expect((await page.get("plan")).json.plan.summary).toMatchObject({ create: 2 });
  });

  it("deletes nothing but what was listed, be it as many", async () => {
    const sandbox = await service();
    const directory = sheetOf(3);
    const { page } = await openPage(directory);
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ phase }) => phase === "ended");
    const sheetWithout = async (name: string) => {
      const rows = ["p1.png", "p2.png", "p3.png"].filter((one) => one !== name);
      writeFileSync(
        join(directory, "m.csv"),
        `path,folder\n${rows.map((row) => `${row},A\n`).join("")}`,
      );
      await page.post("reload");
    };
    await sheetWithout("p1.png");
    const { document } = (await page.get("deletions?orphans")).json;
    expect(document.actions).toMatchObject([{ name: "p1.png" }]);
    await sheetWithout("p2.png");
    const orphans = { run: null, count: 1, others: false };
    const refused = await page.post("delete", orphans);
    expect([refused.status, refused.json.error?.code]).toEqual([409, "COUNTS_CHANGED"]);
    expect(await sandbox.held()).toHaveLength(3);
    await page.get("deletions?orphans");
    expect((await page.post("delete", orphans)).status).toBe(202);
    await expect
      .poll(async () => (await sandbox.held()).map(({ name }) => name).sort())
      .toEqual(["p1.png", "p3.png"]);
  });

  it("lets the user settle what got no answer", async () => {
    const sandbox = await service({
      faults: [
        { name: "p1.png", play: { kind: "reset", at: "after-store" } },
        { name: "p2.png", play: { kind: "reset", at: "after-body" } },
      ],
    });
    const { page } = await openPage(sheetOf(3));
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ phase }) => phase === "ended");
    const { unknowns } = (await page.get("unknowns")).json;
    expect(unknowns).toMatchObject([
      { line: 2, path: "p1.png", folder: "A", sentAt: expect.stringMatching(/^20/) },
      { line: 3, path: "p2.png" },
    ]);
    const held = (await sandbox.held()) as { id: string; name: string }[];
    const { id: graphicId } = held.find(({ name }) => name === "p1.png") ?? {};
    const place = { folder: "A", name: "p1.png" };
    const odd = await page.post("settle", { ...place, graphicId: "IM_short" });
    expect(odd.status).toBe(422);
    const left = await page.post("settle", { ...place, graphicId });
    expect(left.json.unknowns).toMatchObject([{ line: 3 }]);
    const none = await page.post("settle", { folder: "A", name: "p2.png", graphicId: null });
    expect(none.json.unknowns).toEqual([]);
    const { rows } = (await page.get("results")).json;
    expect(rows[0]).toMatchObject({ status: "uploaded", graphicId });
  });
});

describe("pictures", () => {
  it("are shown by their row, after the checks of an upload", async () => {
    const directory = sheetOf(1);
    writeFileSync(join(directory, "key.png"), "-----BEGIN PRIVATE KEY-----");
    symlinkSync("/etc/passwd", join(directory, "link.png"));
    const paths = ["p1.png", "key.png", "link.png", "../p1.png", "/etc/passwd", ".qgfx/ledger.db"];
    writeFileSync(join(directory, "m.csv"), `path\n${paths.join("\n")}\n`);
    const { page } = await openPage(directory);
    const { rows } = (await page.post("open", { file: "m.csv" })).json;
    const [own, ...others] = rows;
    const shown = await page.get(`picture/${own.id}`);
    expect(shown.headers["content-type"]).toBe("image/png");
    expect(shown.body.equals(png(1))).toBe(true);
    for (const { id, path } of others) {
      expect([path, (await page.get(`picture/${id}`)).status]).toEqual([path, 404]);
    }
    expect((await page.get("picture/999")).status).toBe(404);
    expect((await page.get("picture/..%2f..%2fp1.png")).status).toBe(404);
  });

  it("are copied beside the sheet under a free name", async () => {
    const directory = sheetOf(1);
    const { page } = await openPage(directory);
    await page.post("open", { file: "m.csv" });
    const add = (name: string, bytes: Buffer = png(7)) =>
      page.send(`pictures?name=${encodeURIComponent(name)}`, "application/octet-stream", bytes);
    expect((await add("new.png")).json).toEqual({ path: "new.png" });
    expect((await add("new.png")).json).toEqual({ path: "new.png" });
    expect((await add("p1.png")).json).toEqual({ path: "p1-2.png" });
    expect(readFileSync(join(directory, "p1-2.png")).equals(png(7))).toBe(true);
    expect((await add("../up.png")).json).toEqual({ path: "up.png" });
    for (const name of ["", ".qgfx", "..", "a\u0000b.png", "con\n.png"]) {
      expect([name, (await add(name)).status]).toEqual([name, 422]);
    }
    expect((await add("x.png", Buffer.from("<script>"))).status).toBe(422);
    expect((await add("x.png", Buffer.alloc(6_000_000))).status).toBe(413);
  });

  it("are copied into the directory where no sheet is open yet, and make one", async () => {
    const { page } = await openPage(makeDirectory());
    const send = (name: string) =>
      page.send(`pictures?name=${name}`, "application/octet-stream", png(7));
    expect((await send("new.png")).json).toEqual({ path: "new.png" });
    expect((await send("../.qgfx/x.png")).json).toEqual({ path: "x.png" });
    const made = await page.post("open", { directory: "." });
    expect(made.json.rows.map(({ path }: { path: string }) => path)).toEqual(["new.png", "x.png"]);
  });

  it("of graphics that are replaced, and of orphans, are shown from the sandbox's library", async () => {
    const directory = sheetOf(2);
    const { page } = await openPage(directory);
    await replaceAndOrphan(page, directory);
    const { rows } = (await page.get("sheet")).json;
    const { plan, oldPictures } = (await page.get("plan")).json;
    expect(oldPictures).toEqual({ isShown: true, origin: null });
    const old = await page.get(`picture/${rows[0].id}?old`);
    expect(old.body.equals(png(1))).toBe(true);
    const { graphicId } = orphanOf(plan);
    const orphan = await page.get(`picture/${graphicId}?old`);
    expect(orphan.body.equals(png(2))).toBe(true);
    const others = ["999", "IM_000000000000000", "IM_..%2f..", `${graphicId}x`, "", "-1"];
    for (const other of others) {
      expect([other, (await page.get(`picture/${other}?old`)).status]).toEqual([other, 404]);
    }
  });

  it("of graphics in a service are fetched from it only where that is wanted", async () => {
    for (const fetchesOld of [false, true]) {
      const directory = sheetOf(2);
      const sandbox = await service();
      const surroundings = { cwd: directory, env: {}, configDir: join(directory, "c"), fetchesOld };
      const { page } = await openPage(directory, { surroundings });
      await replaceAndOrphan(page, directory, sandbox);
      const { rows } = (await page.get("sheet")).json;
      const { plan, oldPictures } = (await page.get("plan")).json;
      expect(oldPictures).toEqual({ isShown: fetchesOld, origin: sandbox.url });
      const { graphicId } = orphanOf(plan);
      for (const [id, seed] of [[rows[0].id, 1] as const, [graphicId, 2] as const]) {
        const { status, body } = await page.get(`picture/${id}?old`);
        expect(status).toBe(fetchesOld ? 200 : 404);
        if (fetchesOld) expect(body.equals(png(seed))).toBe(true);
      }
      // What the last plan names is of a service that is not the target any more.
      await page.post("target", { kind: "sandbox" });
      expect((await page.get(`picture/${graphicId}?old`)).status).toBe(404);
    }
  });
});

/** Uploads two pictures; then the first has other bytes, and the second has no row any more. */
async function replaceAndOrphan(page: OpenPage, directory: string, sandbox?: Sandbox) {
  const { events, wanted } = await preview(page, sandbox);
  await page.post("run", wanted);
  await events.next("run", ({ phase }) => phase === "ended");
  writeFileSync(join(directory, "p1.png"), png(99));
  writeFileSync(join(directory, "m.csv"), "path,folder\np1.png,A\n");
  await page.post("reload");
  await expect
    .poll(async () => (await page.get("plan")).json.plan?.summary)
    .toMatchObject({ replace: 1, orphan: 1 });
}

function orphanOf(plan: PlanDocument) {
  const orphan = plan.actions.find(({ action }) => action === "orphan");
  if (!orphan) throw new Error("no orphan");
  return orphan;
}
