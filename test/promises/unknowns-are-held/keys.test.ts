import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../../src/ledger/database.ts";
import { firstOf } from "../../support/counts.ts";
import { statuses } from "../../support/faulty-place.ts";
import {
  B_STALLS,
  countOf,
  expectHeld,
  keepKeys,
  keysOfB,
  killWaiting,
  LEDGER,
  openHonoring,
  openKeyed,
  planned,
  uploadsSeen,
} from "../../support/keyed-place.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import type { Workplace } from "../../support/workplace.ts";

const AFTER_STORE = { kind: "reset", at: "after-store" } as const;

function change(place: Workplace, sql: string): void {
  const database = new Database(join(place.dir, LEDGER), "rw");
  database.exec(sql);
  database.close();
}

describe("with keys, a lost answer", { timeout: 60_000 }, () => {
  const ANSWERS = [
    ["409", { kind: "answer", status: 409, message: "still busy with it" }],
    ["422", { kind: "answer", status: 422, message: "known for something else" }],
    ["400", { kind: "answer", status: 400, message: "no keys here" }],
    ["no id", { kind: "id", id: "missing" }],
  ] as const;

  it.each(firstOf(2, ANSWERS))(
    "is held where its repeat is answered with %s",
    async (_what, play) => {
      const place = await openKeyed([
        { name: "B", times: 1, play: AFTER_STORE },
        { name: "B", times: 1, play },
      ]);
      const { code } = await place.qgfx("apply", "m.csv", "--yes", "--concurrency", "1");
      expect(code).toBe(5);
      expect(statuses(place)).toEqual(["uploaded", "unknown", "uploaded"]);
      expect(await countOf(place, "B")).toBe(1);
      await expectHeld(place);
    },
  );

  it("is held as before where the user has not agreed to keys", async () => {
    const place = await openHonoring([{ name: "B", times: 1, play: AFTER_STORE }]);
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 5 });
    expect((await uploadsSeen(place)).map(({ key }) => key)).toEqual([null, null, null]);
    // Nor is it asked for again because keys are sent now.
    keepKeys(place);
    await expectHeld(place);
  });
});

describe("with keys, an upload left without an answer by a kill", { timeout: 60_000 }, () => {
  it("is held where its bytes have changed", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    place.write("B.png", png(9));
    await expectHeld(place);
  });

  it("is held where its name is to be sent another way", async () => {
    const place = await openKeyed(B_STALLS.map((one) => ({ ...one, name: 'B"' })));
    place.write("m.csv", 'path,name,folder\nA.png,A,F\nB.png,"B""",F\nC.png,C,F\n');
    await killWaiting(place);
    await expectHeld(place, "--name-quotes", "backslash");
    const { actions } = await planned(place);
    expect(actions[1]).toMatchObject({ action: "create", reason: "will-repeat" });
  });

  it("is another upload under another name or in another folder", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    place.write("m.csv", "path,name,folder\nA.png,A,F\nB.png,B2,F\nC.png,C,F\n");
    const { actions } = await planned(place);
    expect(actions[1]).toMatchObject({ action: "create", reason: "possible-duplicate" });
  });

  it.each([
    ["where it was sent too long ago", "-21 minutes"],
    ["where it was sent in the future, by the clock", "+5 minutes"],
  ])("is held %s", async (_what, shift) => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    const time = `strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '${shift}')`;
    change(place, `UPDATE attempts SET started_at = ${time} WHERE started_at IS NOT NULL`);
    await expectHeld(place);
    expect(await countOf(place, "B")).toBe(1);
  });

  it("is held with another token, for a service may keep the keys of each user apart", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    const env = { ...place.env, QUALTRICS_API_KEY: `${place.sandbox.token}x` };
    const { stdout } = await runCli(place.dir, ["plan", "m.csv", "--json"], env);
    expect(JSON.parse(stdout).actions[1]).toMatchObject({ reason: "held" });
  });

  it("is held where keys are sent to another library alone, or to another host", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    for (const other of [{ library: "GR_Sandbox000002" }, { host: "https://fra1.qualtrics.com" }]) {
      keepKeys(place, other);
      await expectHeld(place);
    }
  });

  it("is nothing to another library: there it is a new upload", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    keepKeys(place, { library: "GR_Sandbox000002" });
    const { actions } = await planned(place, "--library", "GR_Sandbox000002");
    expect(actions[1]).toMatchObject({ action: "create", reason: "new" });
  });

  it("is held with --unknown hold, and sent with another key with --unknown retry", async () => {
    const place = await openKeyed(B_STALLS);
    await killWaiting(place);
    await expectHeld(place, "--unknown", "hold");
    const { code } = await place.qgfx("apply", "m.csv", "--yes", "--unknown", "retry");
    expect(code).toBe(0);
    const [first, second] = keysOfB(place);
    expect(second).toBeDefined();
    expect(second).not.toBe(first);
    expect(await countOf(place, "B")).toBe(2);
  });

  it("is held whatever the files of the folder say: keys are the user's to switch on", async () => {
    const place = await openHonoring(B_STALLS);
    const { url: host, library } = place.sandbox;
    const setup = { version: 1, keyedLibraries: [{ host, library, foundAt: "2026-11-29" }] };
    place.write(".env", `keyedLibraries=${JSON.stringify(setup)}\nXDG_CONFIG_HOME=.\n`);
    for (const file of ["setup.json", ".qgfx/setup.json"]) place.write(file, JSON.stringify(setup));
    place.write("m.yaml", "version: 1\nkeyedLibraries: []\ngraphics: []\n");
    expect(await place.qgfx("plan", "m.yaml")).toMatchObject({ code: 2 });
    await killWaiting(place);
    await place.qgfx("plan", "m.csv", "--out", "plan.json");
    const plan = JSON.parse(place.read("plan.json"));
    expect(plan.saved.unknown).toBe("hold");
    plan.saved.unknown = "repeat";
    place.write("plan.json", JSON.stringify(plan));
    expect(await place.qgfx("apply", "plan.json", "--yes")).toMatchObject({ code: 5 });
    Object.assign(plan.actions[1], { action: "create", reason: "will-repeat" });
    place.write("plan.json", JSON.stringify(plan));
    expect((await place.qgfx("apply", "plan.json", "--yes")).stderr).toContain("PLAN_STALE");
    const sql =
      "UPDATE attempts SET reason = reason || '; key 8e03978e-40d5-43dd-bc93-6894a57f9324'";
    change(place, sql);
    await expectHeld(place);
    keepKeys(place);
    // No key that somebody wrote into a ledger is one of this user's.
    await expectHeld(place);
    expect((await uploadsSeen(place)).every(({ key }) => key === null)).toBe(true);
  });
});
