import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";

it("gives hints that a page can follow, without commands and options", async () => {
  const directory = sheetOf(2);
  writeFileSync(join(directory, "m.csv"), "path,name\nP1.PNG,One\np2.png,Two\np2.png,Three\n");
  const { page } = await openPage(directory);
  const events = page.listen();
  await page.post("open", { file: "m.csv" });
  await events.next("validation");
  const { diagnostics } = (await page.get("validation")).json;
  const hints = Object.fromEntries(
    diagnostics.map(({ code, hint }: { code: string; hint: string | null }) => [code, hint]),
  );
  expect(hints).toEqual({
    FILE_NOT_FOUND: "write 'p1.png' if that is the file you mean",
    FOLDER_MISSING: "fill the folder column",
    EQUAL_BYTES: null,
  });
});

const FOR_TERMINALS = /(^|\s)--[a-z]|[`']qgfx (?!open)|QUALTRICS_/;

it("gives refusals the page's own next step, not a command", async () => {
  const directory = sheetOf(2);
  const { page } = await openPage(directory, {
    surroundings: {
      cwd: directory,
      env: { QUALTRICS_API_KEY: "a-token", QUALTRICS_BASE_URL: "fra1.qualtrics.com" },
      configDir: join(directory, "c"),
    },
  });
  const events = page.listen();
  await page.post("open", { file: "m.csv" });
  await events.next("plan");
  const { plan, problem } = (await page.get("plan")).json;
  expect(plan).toBeNull();
  expect(problem).toMatchObject({
    code: "LIBRARY_MISSING",
    hint: expect.stringMatching(/^choose where to upload at the top/),
  });
  expect((await page.get("state")).json.target.problem.hint).toBe(problem.hint);
  const closed = { kind: "service", host: "http://127.0.0.1:1", token: "a-token-of-mine" };
  const odd = {
    kind: "service",
    host: "https://user@fra1.qualtrics.com",
    token: "a-token-of-mine",
  };
  const spaced = { ...closed, token: "two words" };
  for (const wanted of [closed, odd, spaced]) {
    const { status, json } = await page.post("libraries", wanted);
    expect([wanted.host, status]).toEqual([wanted.host, 422]);
    expect(`${json.error.message}\n${json.error.hint}`).not.toMatch(FOR_TERMINALS);
  }
});

it("names the id's field, not an option, where an upload without an answer is settled", async () => {
  const lost = { name: "p1.png", play: { kind: "reset", at: "after-store" } };
  const sandbox = await service({ faults: [lost] });
  const { page } = await openPage(sheetOf(2));
  const { events, wanted } = await preview(page, sandbox);
  await page.post("run", wanted);
  await events.next("run", ({ phase }) => phase === "ended");
  const place = { folder: "A", name: "p1.png" };
  const odd = (await page.post("settle", { ...place, graphicId: "IM_short" })).json.error;
  const gone = (await page.post("settle", { folder: "A", name: "p9.png", graphicId: null })).json
    .error;
  for (const { message, hint } of [odd, gone]) {
    expect(`${message}\n${hint}`).not.toMatch(FOR_TERMINALS);
  }
  expect(odd).toMatchObject({ hint: "copy the ID from the library; it starts with IM_" });
});

it("leads to the library that the results are of", async () => {
  const directory = sheetOf(2);
  const header = "path,folder,status,graphicId,url,library,sha256,uploadedAt,error";
  const row = `p1.png,A,uploaded,IM_0123456789abcde,,UR_0123456789abcde,${"0".repeat(64)},2026-01-01T00:00:00.000Z,`;
  const results = `${header}\n${row}\n`;
  writeFileSync(join(directory, "m.sandbox.results.csv"), results);
  const { page } = await openPage(directory);
  const events = page.listen();
  await page.post("open", { file: "m.csv" });
  await events.next("plan");
  const { problem } = (await page.get("plan")).json;
  expect(problem).toMatchObject({
    code: "RESULTS_ELSEWHERE",
    hint: expect.stringMatching(/^choose that library at the top of the page/),
  });
});
