import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import type { RequestEntry } from "../../src/sandbox/state.ts";
import { queryLedger } from "./dump-ledger.ts";
import { statuses } from "./faulty-place.ts";
import { png } from "./pictures.ts";
import { BIN, start } from "./program.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

/** A request of an upload, as the sandbox's window tells it. */
export type Upload = Pick<RequestEntry, "status" | "graphicId"> & { key: string | null };

/** A service that makes one graphic of all requests with the same key, and three images A, B and C in `m.csv`. */
export async function openHonoring(faults: FaultScript["faults"] = []): Promise<Workplace> {
  const place = await openWorkplace({
    script: { version: 1, idempotencyKey: "honor", ...(faults && { faults }) },
  });
  const rows = ["A", "B", "C"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},F`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

/** What the user has agreed to: keys for one library, this place's unless another is named. */
export function keepKeys(place: Workplace, target: { host?: string; library?: string } = {}): void {
  const { url: host, library } = place.sandbox;
  const foundAt = "2026-11-29T12:00:00.000Z";
  place.writeSetup({ version: 1, keyedLibraries: [{ host, library, foundAt, ...target }] });
}

/** The same as `openHonoring`, where the user has agreed to keys. */
export async function openKeyed(faults?: FaultScript["faults"]): Promise<Workplace> {
  const place = await openHonoring(faults);
  keepKeys(place);
  return place;
}

/** Plays a service that stores B, and never answers it the first time. */
export const B_STALLS = [
  { name: "B", times: 1, play: { kind: "stall", store: true } },
] satisfies FaultScript["faults"];

/** An environment in which the built program has the settings that `runCli` uses. */
export function envHere(place: Workplace): Record<string, string> {
  const config = join(place.dir, "xdg");
  mkdirSync(config, { recursive: true });
  mkdirSync(join(place.dir, "user-config"), { recursive: true });
  const link = join(config, "qgfx");
  if (!existsSync(link)) symlinkSync(join(place.dir, "user-config"), link);
  return { ...place.env, XDG_CONFIG_HOME: config };
}

/** Kills -9 an apply once so many graphics are stored: A, B and C, and B waits for its answer. */
export function killWaiting(place: Workplace, count = 3): Promise<void> {
  return killWhen(place, async () => (await place.held()).length === count);
}

/** Kills -9 an apply as soon as something is so. */
export async function killWhen(place: Workplace, isSo: () => Promise<boolean>): Promise<void> {
  const command = [BIN, "apply", "m.csv", "--yes"];
  const running = start(process.execPath, command, { cwd: place.dir, env: envHere(place) });
  await expect.poll(isSo, { interval: 20, timeout: 20_000 }).toBe(true);
  running.child.kill("SIGKILL");
  await running.ended;
}

/** The uploads that the service saw, in their order. */
export async function uploadsSeen(place: Workplace): Promise<Upload[]> {
  const answer = await fetch(`${place.sandbox.url}/sandbox/requests`);
  const requests = (await answer.json()) as RequestEntry[];
  return requests
    .filter(({ upload }) => upload !== null)
    .map(({ key = null, status, graphicId }) => ({ key, status, graphicId }));
}

/** Where the ledger of `m.csv` is. */
export const LEDGER = ".qgfx/ledger.db";

/** What `plan --json` gives. */
export async function planned(place: Workplace, ...options: string[]) {
  const { stdout } = await place.qgfx("plan", "m.csv", "--json", ...options);
  return JSON.parse(stdout);
}

/** The keys of B's uploads, as the ledger has them, in their order. */
export function keysOfB(place: Workplace): (string | undefined)[] {
  const sql = `SELECT json_array(reason) AS line FROM attempts WHERE name = 'B' AND started_at IS NOT NULL ORDER BY id`;
  const reasons = queryLedger(join(place.dir, LEDGER), sql) as [string][];
  return reasons.map(([reason]) => /; key ([0-9a-f-]{36})/.exec(reason)?.[1]);
}

/** How many graphics of a name the service holds. */
export async function countOf(place: Workplace, name: string): Promise<number> {
  return (await place.held()).filter((one) => one.name === name).length;
}

/** B got no answer and was not asked for again: it is what it would be without keys. */
export async function expectHeld(place: Workplace, ...options: string[]): Promise<void> {
  const before = (await uploadsSeen(place)).length;
  const ofB = await countOf(place, "B");
  const { actions } = await planned(place, ...options);
  expect(actions[1]).toMatchObject({ action: "unknown", reason: "held" });
  const { code } = await place.qgfx("apply", "m.csv", "--yes", ...options);
  expect(code).toBe(5);
  expect(statuses(place)[1]).toBe("unknown");
  const keysSent = (await uploadsSeen(place)).slice(before).map(({ key }) => key);
  for (const key of keysOfB(place)) expect(keysSent).not.toContain(key);
  expect(await countOf(place, "B")).toBe(ofB);
}
