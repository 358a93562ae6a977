import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Answered, openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";

/** Files below a directory, but for what `qgfx setup` keeps. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("user-config"))
    .map((name) => join(directory, name))
    .filter((file) => statSync(file).isFile());
}

it.each([true, false])(
  "no page and no file gets the token (kept for the user: %s)",
  async (keep) => {
    // A fault that quotes the request.
    const sandbox = await service({
      faults: [{ name: "p2.png", play: { kind: "answer", status: 400 } }],
    });
    const directory = sheetOf(3);
    const { page } = await openPage(directory);
    const answers: Answered[] = [];
    const { url: host, token, library } = sandbox;
    answers.push(await page.post("libraries", { kind: "service", host, token, keep }));
    answers.push(await page.post("target", { kind: "service", host, token, library, keep }));
    const { events, wanted } = await preview(page);
    const { rows } = (await page.get("sheet")).json;
    const set = { op: "set", row: rows[0].id, column: 1, text: "B" };
    answers.push(await page.post("edits", { base: wanted.revision, label: "B", ops: [set] }));
    const head = answers.at(-1)?.json.head;
    answers.push(await page.post("save", { base: head.revision }));
    await expect
      .poll(async () => (await page.get("plan")).json.revision)
      .toBe(answers.at(-1)?.json.head.revision);
    const { revision } = (await page.get("plan")).json;
    answers.push(await page.post("run", { ...wanted, revision }));
    const run = await events.next("run", ({ phase }) => phase === "ended");
    expect([run.uploaded, run.failed]).toEqual([2, 1]);
    const refused = { kind: "service", host, token: `${token}x`, library, keep: false };
    answers.push(await page.post("target", refused));
    const names = [
      "state",
      "start",
      "sheet",
      "validation",
      "plan",
      "repairs",
      "results",
      "unknowns",
    ];
    const more = ["history", "exports", "export?format=json", "deletions?run=1"];
    for (const name of [...names, ...more]) answers.push(await page.get(name));
    for (const { body } of answers) expect(body.toString()).not.toContain(token);
    expect(JSON.stringify(events.heard)).not.toContain(token);
    const files = filesBelow(directory);
    expect(files.some((file) => file.endsWith("ledger.db"))).toBe(true);
    for (const file of files) expect(readFileSync(file).includes(token), file).toBe(false);
  },
);
