import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { Ended } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { type LedgerContents, readLedgerCopy } from "./crash-ledger.ts";
import { LEDGER, MANIFEST, type Place, RESULTS } from "./crash-place.ts";
import type { Held } from "./crash-server.ts";

const COPY = ".copy";

/** What is left after a run was ended by force, as server and ledger say. */
export interface Aftermath extends LedgerContents {
  held: Held[];
  /** On the server, and neither in the ledger nor at a row that was unknown: lost. */
  lost: Held[];
}

/** Compares the server's record with the ledger. */
export async function lookAfter(place: Place): Promise<Aftermath> {
  const held = await place.held();
  const ledger = readLedgerCopy(join(place.dir, LEDGER));
  const mayBeThere = new Set([...ledger.unknownNames, ...ledger.settledNames]);
  const lost = held.filter(({ id, name }) => !ledger.ids.has(id) && !mayBeThere.has(name));
  return { ...ledger, held, lost };
}

/** Uploads (name and bytes) that the server holds more often than `allowed` says of the name. */
export function heldTwice(held: readonly Held[], allowed: (name: string) => number): string[] {
  const counts = new Map<string, { name: string; count: number }>();
  for (const { name, sha256 } of held) {
    const key = `${name} ${sha256}`;
    counts.set(key, { name, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts].flatMap(([key, { name, count }]) => (count > allowed(name) ? [key] : []));
}

/**
 * The next run after a crash, unknowns on hold: it gets the lock at once, sends what is missing and nothing
 * twice, and its exit code and results follow from the ledger. Gives what it left. `here` runs it in this very
 * process, which saves a program start.
 */
export async function rerunAndCheck(
  place: Place,
  rows: number,
  rerunIn: "process" | "here" = "process",
): Promise<Aftermath> {
  const args = ["apply", MANIFEST, "--yes"];
  const rerun = await (rerunIn === "here"
    ? runCli(place.dir, args, place.env)
    : place.qgfx(...args));
  const after = await lookAfter(place);
  const told = `${rerun.stderr}\n${rerun.stdout}`;
  expect(rerun.code, told).toBe(after.unknownNames.size > 0 ? 5 : 0);
  expect(after.lost, told).toEqual([]);
  expect(
    heldTwice(after.held, () => 1),
    told,
  ).toEqual([]);
  const names = new Set([...after.held.map(({ name }) => name), ...after.unknownNames]);
  expect(names.size, told).toBe(rows);
  await checkResults(place, after, rows);
  return after;
}

/**
 * The results CSV is a function of ledger and manifest: `qgfx results` writes the same bytes again. It reads a
 * copy of the ledger, for this process lets a ledger go only when its garbage is collected.
 */
async function checkResults(place: Place, after: Aftermath, rows: number): Promise<void> {
  const written = place.read(RESULTS);
  cpSync(join(place.dir, dirname(LEDGER)), join(place.dir, COPY), { recursive: true });
  const args = ["--ledger", `${COPY}/ledger.db`, "--results", "again.csv"];
  const again = await runCli(place.dir, ["results", MANIFEST, ...args]);
  expect(again.code, again.stderr).toBe(0);
  expect(place.read("again.csv")).toBe(written);
  rmSync(join(place.dir, COPY), { recursive: true });
  const lines = written.trimEnd().split("\n").slice(1);
  expect(lines).toHaveLength(rows);
  const unknown = lines.filter((line) => line.includes(",unknown,"));
  expect(unknown).toHaveLength(after.unknownNames.size);
}

/** How an apply whose disk refused something must have ended; gives how many ids it had to tell. */
export function checkRefusal(
  before: Aftermath,
  after: Aftermath,
  ended: Ended,
  most: number,
): number {
  const told = ended.stderr;
  expect([0, 2, 3, 5], told).toContain(ended.code);
  if (ended.code === 2) expect(after.held, told).toEqual(before.held);
  const isNew = ({ id }: Held) => before.held.every((graphic) => graphic.id !== id);
  const unrecorded = after.held.filter((graphic) => isNew(graphic) && !after.ids.has(graphic.id));
  expect(unrecorded.length, told).toBeLessThanOrEqual(most);
  for (const { id } of unrecorded) expect(told).toContain(id);
  if (ended.code === 0) expect([unrecorded, [...after.unknownNames]], told).toEqual([[], []]);
  expect(
    after.lost.filter(({ id }) => !told.includes(id)),
    told,
  ).toEqual([]);
  return unrecorded.length;
}
