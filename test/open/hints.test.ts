import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";

const FOR_TERMINALS = /(^|\s)--[a-z]|[`']qgfx (?!open)|QUALTRICS_|same command|run it again/;

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
  for (const { message } of diagnostics) expect(message).not.toMatch(FOR_TERMINALS);
});

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

describe("a run that stops says what can be done in the page", () => {
  it.each([
    ["the token", { kind: "answer", status: 401 }],
    ["the library", { kind: "answer", status: 404 }],
    ["the address", { kind: "answer", status: 302 }],
    ["the service's wait", { kind: "answer", status: 429, retryAfter: { seconds: 5_000 } }],
  ])("about %s", async (_what, play) => {
    const sandbox = await service({ faults: [{ upload: 1, play }] });
    const { page } = await openPage(sheetOf(2));
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    const { messages } = await events.next("run", ({ phase }) => phase === "ended");
    const [stopped] = messages.filter(({ isWarning }) => isWarning);
    expect(stopped?.text).toMatch(/^stopped: .*\n.*try again/);
    for (const { text } of messages) expect(text).not.toMatch(FOR_TERMINALS);
  });

  it("about unknowns and images that took the place of others", async () => {
    const lost = { name: "p2.png", times: 1, play: { kind: "reset", at: "after-body" } };
    const notice =
      "Request proxied. For faster response times, use this host instead: fra1.qualtrics.com";
    const noted = {
      name: "p1.png",

      play: { kind: "answer", status: 200, store: true, notice },
    };
    const sandbox = await service({ faults: [lost, noted] });
    const directory = sheetOf(2);
    const { page } = await openPage(directory);
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ phase }) => phase === "ended");
    writeFileSync(join(directory, "p1.png"), png(99));
    await page.post("check");
    const planned = async () => (await page.get("plan")).json.plan.summary;
    await expect.poll(planned).toMatchObject({ replace: 1 });
    await page.post("run", { ...wanted, uploads: 1, bytes: (await planned()).bytes });
    const { messages } = await events.next(
      "run",
      (run) => run.number === 2 && run.phase === "ended",
    );
    const texts = messages.map(({ text }) => text).join("\n");
    expect(texts).toMatch(/1 image replaced\n.*new IDs.*\n {2}A\/p1\.png: IM_\w+ → IM_\w+$/);
    expect(texts).toContain(
      `note from Qualtrics: ${notice}\nenter fra1.qualtrics.com as the data center`,
    );
    expect(texts).not.toMatch(FOR_TERMINALS);
  });
});
