import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { probeSchema } from "../../src/report/account.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { hasTerminals, startAtTerminal } from "../support/at-terminal.ts";
import { envHere, keepKeys, openHonoring, uploadsSeen } from "../support/keyed-place.ts";
import { BIN } from "../support/program.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const KEPT = "user-config/setup.json";
const QUESTION = "Shall qgfx send a key with each upload to this library";

function openWith(script: Partial<FaultScript>): Promise<Workplace> {
  return openWorkplace({ script: { version: 1, ...script } });
}

function kept(place: Workplace) {
  return existsSync(join(place.dir, KEPT)) ? JSON.parse(place.read(KEPT)) : undefined;
}

async function probed(place: Workplace) {
  const run = await place.qgfx("doctor", "--probe", "--yes", "--json");
  return { ...run, document: probeSchema.parse(JSON.parse(run.stdout)) };
}

/** Probes the one line about keys, at a terminal, and answers the question at the end. */
async function askedAtTerminal(place: Workplace, answer: string) {
  const command = [process.execPath, BIN, "doctor", "--probe"];
  const running = startAtTerminal(command, { cwd: place.dir, env: envHere(place) });
  for (let line = 1; line <= 20; line += 1) {
    await running.shows("[y/N] ", line);
    running.answer(line === 7 ? "y" : "n");
  }
  await running.shows(QUESTION);
  running.answer(answer);
  return running.ended;
}

describe("a probe that finds that keys work", { timeout: 120_000 }, () => {
  it("keeps nothing where nobody is asked, and says how to be asked", async () => {
    const place = await openWith({ idempotencyKey: "honor" });
    const { code, stderr, document } = await probed(place);
    expect(code).toBe(0);
    expect(stderr).toContain(
      "keys work, and none is sent: run `qgfx doctor --probe` without --yes",
    );
    expect(document.sendsKeys).toBeUndefined();
    expect(kept(place)).toBeUndefined();
  });

  it("leaves on what is on", async () => {
    const place = await openWith({ idempotencyKey: "honor" });
    keepKeys(place);
    const { stderr, document } = await probed(place);
    expect(stderr).toContain("are sent with a key, as before");
    expect(document.sendsKeys).toBe(true);
    expect(kept(place).keyedLibraries).toHaveLength(1);
  });

  it.skipIf(!hasTerminals)("asks, and keeps the answer for that host and library", async () => {
    const place = await openHonoring();
    const { code, stdout } = await askedAtTerminal(place, "y");
    expect(code).toBe(0);
    expect(stdout).toContain("Qualtrics makes one graphic of two requests with the same key.");
    const { url, library } = place.sandbox;
    expect(kept(place)).toEqual({
      version: 1,
      keyedLibraries: [{ host: url, library, foundAt: expect.any(String) }],
    });
    expect(place.read("qgfx-probe.md")).not.toContain(library);

    const shown = await place.qgfx("setup", "--show");
    expect(shown.stdout).toContain(`sent with each upload to library ${library} on ${url}`);
    expect(JSON.parse((await place.qgfx("setup", "--show", "--json")).stdout)).toMatchObject({
      host: null,
      hasToken: false,
      keyedLibraries: [{ host: url, library }],
    });
    expect((await place.qgfx("doctor")).stdout).toContain(
      `each upload to ${library} is sent with a key`,
    );
    const elsewhere = await place.qgfx("doctor", "--library", "GR_Sandbox000002");
    expect(elsewhere.stdout).not.toContain("is sent with a key");

    const before = (await uploadsSeen(place)).length;
    expect(await place.qgfx("apply", "m.csv", "--yes")).toMatchObject({ code: 0 });
    const keys = (await uploadsSeen(place)).slice(before).map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
    expect(keys).not.toContain(null);
    await place.qgfx("apply", "m.csv", "--yes", "--library", "GR_Sandbox000002");
    const others = (await uploadsSeen(place)).slice(before + 3).map(({ key }) => key);
    expect(others).toEqual([null, null, null]);

    await askedAtTerminal(place, "n");
    expect(kept(place)).toBeUndefined();
    expect((await place.qgfx("setup", "--show")).stdout).toContain("nothing is kept in");
  });
});

describe("what a probe found about keys", { timeout: 120_000 }, () => {
  it("is kept where the account is set up anew, and forgotten with it", async () => {
    const place = await openWith({});
    keepKeys(place);
    place.write("token.txt", place.sandbox.token);
    const { chmodSync } = await import("node:fs");
    chmodSync(join(place.dir, "token.txt"), 0o600);
    const { url, library } = place.sandbox;
    const given = ["--host", url, "--token-file", "token.txt", "--library", library];
    expect(await place.qgfx("setup", ...given)).toMatchObject({ code: 0 });
    expect(kept(place)).toMatchObject({ host: url, library, keyedLibraries: [{ library }] });
    expect((await place.qgfx("setup", "--show")).stdout).toMatch(/token +kept.*\nkeys +sent with/);
    await place.qgfx("setup", "--forget");
    expect(kept(place)).toBeUndefined();
  });

  it("is removed by one that finds that keys do not work, and it says so", async () => {
    const place = await openWith({});
    place.writeSetup({
      version: 1,
      host: "https://fra1.qualtrics.com",
      token: "t".repeat(40),
      keyedLibraries: [
        { host: place.sandbox.url, library: place.sandbox.library, foundAt: "2026-01-01" },
        { host: place.sandbox.url, library: "GR_Sandbox000002", foundAt: "2026-01-01" },
      ],
    });
    const run = await place.qgfx("doctor", "--probe", "--yes", "--quiet", "--json");
    expect(run.stderr).toContain("are sent without a key from now on");
    expect(JSON.parse(run.stdout).sendsKeys).toBeUndefined();
    expect(kept(place)).toMatchObject({
      host: "https://fra1.qualtrics.com",
      token: "t".repeat(40),
      keyedLibraries: [{ library: "GR_Sandbox000002" }],
    });
  });

  it("stays where the answers leave it open", async () => {
    const play = { kind: "answer", status: 503 } as const;
    const place = await openWith({ faults: [{ name: "keyed.png", play }] });
    keepKeys(place);
    const { document } = await probed(place);
    expect(document.sendsKeys).toBe(true);
    expect(kept(place).keyedLibraries).toHaveLength(1);
  });
});
