import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { queryLedger } from "../../support/dump-ledger.ts";
import { statuses } from "../../support/faulty-place.ts";
import {
  B_STALLS,
  envHere,
  keysOfB,
  killWaiting,
  killWhen,
  LEDGER,
  openKeyed,
  planned,
  uploadsSeen,
} from "../../support/keyed-place.ts";
import { png } from "../../support/pictures.ts";
import { BIN, start } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";

const AFTER_STORE = { kind: "reset", at: "after-store" } as const;

describe("with keys, a lost answer within a run", { timeout: 60_000 }, () => {
  it("is asked for again with the same key: one graphic, and its id is recorded", async () => {
    const place = await openKeyed([{ name: "B", times: 2, play: AFTER_STORE }]);
    const { code, stdout } = await place.qgfx("apply", "m.csv", "--yes", "--json");
    expect(code).toBe(0);
    const held = await place.held();
    expect(held).toHaveLength(3);
    const [id] = held.filter(({ name }) => name === "B").map((one) => one.id);
    expect(place.read("m.results.csv")).toContain(`B.png,B,F,uploaded,${id},`);
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.filter(({ event }) => event === "item.retrying")).toMatchObject([
      { name: "B", httpStatus: null },
      { name: "B", httpStatus: null },
    ]);
    const keys = (await uploadsSeen(place)).map(({ key }) => key);
    expect(keys).toHaveLength(5);
    expect(new Set(keys).size).toBe(3);
    expect(new Set(keysOfB(place)).size).toBe(1);
    expect(await planned(place)).toMatchObject({ summary: { unchanged: 3, unknown: 0 } });
    const doubt = "SELECT json_array(count(*)) AS line FROM attempts WHERE possible_duplicate = 1";
    expect(queryLedger(join(place.dir, LEDGER), doubt)).toEqual([[0]]);
  });
});

describe("with keys, an upload left without an answer by a kill", { timeout: 60_000 }, () => {
  it("is asked for again by the next run: one graphic, and its id is recorded", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    const document = await planned(place);
    expect(document.actions[1]).toMatchObject({ action: "create", reason: "will-repeat" });
    expect(document.summary.unknown).toBe(0);
    const shown = await place.qgfx("plan", "m.csv");
    expect(shown.stdout).toMatch(
      /\+ B {2}\(.*its answer was lost; asked for again with the same key\)/,
    );
    expect((await place.qgfx("explain", "m.csv", "3")).stdout).toContain(
      "asked for again with the same one",
    );
    const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
    expect(code).toBe(0);
    expect(stderr).toContain("asked for again with the same key");
    const held = await place.held();
    expect(held.map(({ name }) => name).sort()).toEqual(["A", "B", "C"]);
    for (const { name, id } of held) {
      expect(place.read("m.results.csv")).toContain(`${name}.png,${name},F,uploaded,${id},`);
    }
    const [first, ...others] = keysOfB(place);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(others).toEqual([first]);
    expect(await planned(place)).toMatchObject({ summary: { unchanged: 3, unknown: 0 } });
  });

  it("is asked for again after a second kill, with the key of the first upload", async () => {
    const place = await openKeyed([{ name: "B", times: 2, play: { kind: "stall", store: true } }]);
    await killWaiting(place);
    const waiting = async () => (await uploadsSeen(place)).filter(({ status }) => status === null);
    const before = (await waiting()).length;
    await killWhen(place, async () => (await waiting()).length > before);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(3);
    expect(new Set(keysOfB(place)).size).toBe(1);
  });
});

it("with keys, what a run gave up is asked for again by the next", {
  timeout: 60_000,
}, async () => {
  const place = await openKeyed(B_STALLS);
  const command = [BIN, "apply", "m.csv", "--yes"];
  const run = start(process.execPath, command, { cwd: place.dir, env: envHere(place) });
  await expect.poll(async () => (await place.held()).length, { interval: 20 }).toBe(3);
  run.child.kill("SIGINT");
  await expect.poll(() => run.said.stderr, { interval: 20 }).toContain("press Ctrl-C again");
  run.child.kill("SIGINT");
  const { code, stderr } = await run.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("or upload again within 20 minutes: what was sent with a key is asked");
  expect(statuses(place)[1]).toBe("unknown");
  expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
  expect(await place.held()).toHaveLength(3);
  expect(new Set(keysOfB(place)).size).toBe(1);
});

describe("with keys, a folder that is copied in the middle of a run", { timeout: 60_000 }, () => {
  it("asks again for what was under way, and holds what was only planned", async () => {
    const place = await openKeyed(B_STALLS);
    const command = [BIN, "apply", "m.csv", "--yes", "--concurrency", "1"];
    const run = start(process.execPath, command, { cwd: place.dir, env: envHere(place) });
    await expect.poll(async () => (await place.held()).length, { interval: 20 }).toBe(2);
    const copy = mkdtempSync(join(tmpdir(), "qgfx-copy-"));
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
    cpSync(place.dir, copy, { recursive: true });
    run.child.kill("SIGKILL");
    await run.ended;
    const apply = ["apply", "m.csv", "--yes"];
    expect(await runCli(copy, apply, place.env)).toMatchObject({ code: 5 });
    // The original goes on as if there were no copy.
    expect(await runCli(place.dir, apply, place.env)).toMatchObject({ code: 0 });
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(["A", "B", "C"]);
    const results = (folder: string) => readFileSync(join(folder, "m.results.csv"), "utf8");
    const [, , ofB] = results(place.dir).split("\n");
    expect(ofB).toContain("uploaded,IM_");
    const [idOfB] = /IM_\w+/.exec(ofB ?? "") ?? ["none"];
    expect(results(copy)).toContain(`B.png,B,F,uploaded,${idOfB},`);
    expect(results(copy)).toContain("C.png,C,F,unknown");
  });
});

it("with keys, rows that share an upload get the id of its repeat", {
  timeout: 60_000,
}, async () => {
  const place = await openKeyed([{ name: "B", times: 1, play: AFTER_STORE }]);
  place.write("m.csv", "path,name,folder\nB.png,B,F\nB.png,twin,F\nC.png,C,F\n");
  expect(await place.qgfx("apply", "m.csv", "--yes", "--share")).toMatchObject({ code: 0 });
  const [{ id } = { id: "" }] = (await place.held()).filter(({ name }) => name === "B");
  expect(place.read("m.results.csv").split(id)).toHaveLength(5);
  expect(await place.held()).toHaveLength(2);
});

it("with keys, a row that is asked for again keeps its own upload under --share", async () => {
  const place = await openKeyed(B_STALLS);
  await killWaiting(place);
  place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,twin,F\nB.png,B,F\nC.png,C,F\n");
  const { actions } = await planned(place, "--share");
  expect(actions[1]).toMatchObject({ name: "twin", action: "create", reason: "shared" });
  expect(actions[2]).toMatchObject({ name: "B", reason: "will-repeat" });
  expect(await place.qgfx("apply", "m.csv", "--yes", "--share")).toMatchObject({ code: 0 });
  expect(await place.held()).toHaveLength(3);
}, 60_000);

it("with keys, the page of a plan says it in words", async () => {
  const place = await openKeyed(B_STALLS);
  await killWaiting(place);
  await place.qgfx("plan", "m.csv", "--html", "plan.html");
  expect(place.read("plan.html")).toContain(
    "its answer was lost; asked for again with the same key",
  );
}, 60_000);

describe("with keys, a saved plan", { timeout: 60_000 }, () => {
  it("goes on with what a kill of its own run left, and does what it shows", async () => {
    const place = await openKeyed(B_STALLS);
    await place.qgfx("plan", "m.csv", "--out", "first.json");
    expect(JSON.parse(place.read("first.json")).saved.unknown).toBe("repeat");
    await killWaiting(place);
    await place.qgfx("plan", "m.csv", "--out", "second.json");
    expect(await place.qgfx("apply", "second.json", "--yes")).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(3);
  });

  it("is out of date where it would ask again and the user's leave is gone", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    await place.qgfx("plan", "m.csv", "--out", "p.json");
    place.writeSetup({ version: 1 });
    const { code, stderr } = await place.qgfx("apply", "p.json", "--yes");
    expect(code).toBe(2);
    expect(stderr).toContain("B was create (will-repeat), is unknown (held)");
    expect(await place.held()).toHaveLength(3);
  });
});

it("each upload has a key of its own: a new image, and one after a deletion", async () => {
  const place = await openKeyed();
  await place.qgfx("apply", "m.csv", "--yes");
  place.write("B.png", png(9));
  await place.qgfx("apply", "m.csv", "--yes");
  place.write("m.csv", "path,name,folder\nA.png,A,F\nC.png,C,F\n");
  expect(await place.qgfx("prune", "m.csv", "--yes")).toMatchObject({ code: 0 });
  place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,B,F\nC.png,C,F\n");
  await place.qgfx("apply", "m.csv", "--yes");
  const keys = (await uploadsSeen(place)).map(({ key }) => key);
  expect(keys).toHaveLength(5);
  expect(new Set(keys).size).toBe(5);
  expect(statuses(place)).toEqual(["uploaded", "uploaded", "uploaded"]);
  // A key is made with the token, and says nothing of it.
  expect(place.read(LEDGER)).not.toContain(place.sandbox.token);
});
