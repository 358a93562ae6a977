import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";

describe("a run", () => {
  it("uploads what was shown, tells how far it is, and outlives the page", async () => {
    const directory = sheetOf(3);
    const { page } = await openPage(directory);
    const { events, wanted } = await preview(page);
    const { status, json } = await page.post("run", wanted);
    expect({ status, json }).toMatchObject({
      status: 202,
      json: { number: 1, what: "upload", total: 3, library: wanted.library, host: "sandbox" },
    });
    events.close();
    await expect
      .poll(async () => (await page.get("state")).json.run)
      .toMatchObject({ phase: "ended", uploaded: 3, failed: 0, exitCode: 0 });
    expect(readFileSync(join(directory, "m.sandbox.results.csv"), "utf8")).toContain("IM_");
  });

  it("tells of failures, and holds what got no answer", async () => {
    const sandbox = await service({
      faults: [
        { upload: 1, play: { kind: "answer", status: 429 } },
        { name: "p1.png", play: { kind: "answer", status: 400 } },
        { name: "p2.png", play: { kind: "reset", at: "after-store" } },
      ],
    });
    const { page } = await openPage(sheetOf(4));
    const { events, wanted } = await preview(page, sandbox);
    expect((await page.post("run", wanted)).status).toBe(202);
    const run = await events.next("run", ({ phase }) => phase === "ended");
    expect(run).toMatchObject({ exitCode: 5, uploaded: 2, failed: 1, unknown: 1, notRun: 0 });
    expect(run.troubled.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      "p1.png failed",
      "p2.png unknown",
    ]);
  });

  it("sends nothing where the counts are not those shown", async () => {
    const sandbox = await service();
    const { page } = await openPage(sheetOf(2));
    const { wanted } = await preview(page, sandbox);
    for (const [what, change] of [
      ["COUNTS_CHANGED", { uploads: 3 }],
      ["COUNTS_CHANGED", { bytes: wanted.bytes + 1 }],
      ["COUNTS_CHANGED", { library: "UR_another00001" }],
      ["STALE", { revision: wanted.revision + 1 }],
    ] as const) {
      const { status, json } = await page.post("run", { ...wanted, ...change });
      expect({ status, code: json.error.code }).toEqual({ status: 409, code: what });
    }
    expect(await sandbox.held()).toEqual([]);
  });

  it("sends nothing where a picture has changed since it was shown", async () => {
    const sandbox = await service();
    const directory = sheetOf(2);
    const { page } = await openPage(directory);
    const { wanted } = await preview(page, sandbox);
    writeFileSync(join(directory, "p1.png"), png(11));
    expect(png(11).length).toBe(png(1).length);
    const { status, json } = await page.post("run", wanted);
    expect({ status, code: json.error?.code }).toEqual({ status: 409, code: "COUNTS_CHANGED" });
    expect(await sandbox.held()).toEqual([]);
  });

  it("stops in order, and goes on later", async () => {
    const sandbox = await service({ latencyMs: 400 });
    const { page } = await openPage(sheetOf(400));
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ uploaded }) => uploaded > 0);
    expect((await page.post("run", wanted)).json.error.code).toBe("BUSY");
    const added = await page.send("pictures?name=x.png", "application/octet-stream", png(9));
    expect(added.json.error.code).toBe("BUSY");
    expect((await page.post("stop", { now: false })).json.phase).toBe("stopping");
    const run = await events.next("run", ({ phase }) => phase === "ended");
    expect(run).toMatchObject({ exitCode: 130, unknown: 0, failed: 0 });
    expect(run.uploaded + run.notRun).toBe(400);
    expect(run.notRun).toBeGreaterThan(0);
    expect(await sandbox.held()).toHaveLength(run.uploaded);
    const from = events.heard.length;
    await events.next("plan", () => true, from);
    const { plan } = (await page.get("plan")).json;
    expect(plan.summary.create).toBe(run.notRun);
  });

  it("stops at once: what was under way is unknown", async () => {
    const sandbox = await service({ faults: [{ name: "p2.png", play: { kind: "stall" } }] });
    const { page } = await openPage(sheetOf(3));
    const { events, wanted } = await preview(page, sandbox);
    await page.post("run", wanted);
    await events.next("run", ({ uploaded }) => uploaded === 2);
    await page.post("stop", { now: true });
    const run = await events.next("run", ({ phase }) => phase === "ended");
    expect(run).toMatchObject({ exitCode: 130, uploaded: 2, unknown: 1 });
  });
});

describe("the target", () => {
  it("is checked, and its token stays in the process", async () => {
    const sandbox = await service();
    const directory = sheetOf(1);
    const { page } = await openPage(directory);
    const ask = (more: object) =>
      page.post("target", { kind: "service", host: sandbox.url, keep: false, ...more });
    const refused = await ask({ token: "not-the-token" });
    expect(refused).toMatchObject({ status: 422, json: { error: { code: "TOKEN_REFUSED" } } });
    const elsewhere = await ask({ token: sandbox.token, host: "https://evil.example" });
    expect(elsewhere).toMatchObject({ status: 422, json: { error: { code: "HOST_INVALID" } } });
    const { token, url: host } = sandbox;
    const libraries = await page.post("libraries", { kind: "service", host, token });
    expect(libraries.json.libraries[0].libraryId).toBe(sandbox.library);
    const chosen = await ask({ token, library: sandbox.library });
    expect(chosen.json.target).toEqual({
      kind: "service",
      host: new URL(host).host,
      library: sandbox.library,
      libraryName: libraries.json.libraries[0].libraryName,
      hasToken: true,
      problem: null,
    });
    expect(chosen.body.toString()).not.toContain(token);
    expect(existsSync(join(directory, "user-config"))).toBe(false);
    const kept = await ask({ library: sandbox.library, keep: true });
    expect(kept.status).toBe(200);
    expect(readFileSync(join(directory, "user-config/setup.json"), "utf8")).toContain(token);
  });
});
