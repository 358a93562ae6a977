import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "csv-parse/sync";
import { expect } from "vitest";
import type { Ended } from "../../support/program.ts";
import { runCli } from "../../support/run-cli.ts";
import { type LedgerContents, readLedgerCopies } from "./crash-ledger.ts";
import { LEDGER, MANIFEST, type Place, RESULTS } from "./crash-place.ts";
import type { Held } from "./crash-server.ts";

const COPY = ".copy";

/** What is left after a run was ended by force, as server and ledger say. */
export interface Aftermath extends LedgerContents {
  held: Held[];
  /** On the server, and neither in the ledger nor at a row that was unknown: lost. */
  lost: Held[];
}

/** Compares the server's record with the ledger, or with several together. */
export async function lookAfter(place: Place, ledgers = [LEDGER]): Promise<Aftermath> {
  const held = await place.held();
  const ledger = readLedgerCopies(ledgers.map((file) => join(place.dir, file)));
  for (const id of place.isReadBack ? idsOfResults(place) : []) ledger.ids.add(id);
  const mayBeThere = new Set([...ledger.unknownNames, ...ledger.settledNames]);
  const lost = held.filter(({ id, name }) => !ledger.ids.has(id) && !mayBeThere.has(name));
  return { ...ledger, held, lost };
}

function idsOfResults(place: Place): string[] {
  const records = parse(place.read(RESULTS), { columns: true }) as Record<string, string>[];
  return records.flatMap(({ graphicId }) => (graphicId ? [graphicId] : []));
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

/** What else is to be said of the next run after a crash. */
interface Rerun {
  /** `here`: in this very process, which saves a program start. */
  in?: "process" | "here";
  args?: readonly string[];
  /** How often a name may be on the server with the same bytes; once, where no retry was allowed. */
  allowed?: (name: string) => number;
}

/**
 * The next run after a crash, unknowns on hold: it gets the lock at once, sends what is missing and nothing
 * twice, and its exit code and results follow from the ledger. Gives what it left.
 */
export async function rerunAndCheck(
  place: Place,
  rows: number,
  { in: where = "process", args = [], allowed = () => 1 }: Rerun = {},
): Promise<Aftermath> {
  const command = ["apply", MANIFEST, "--yes", ...args];
  const rerun = await (where === "here"
    ? runCli(place.dir, command, place.env)
    : place.qgfx(...command));
  // A run that came to its end has read the results back: from now on the ledger has to hold every id.
  place.isReadBack = false;
  const after = await lookAfter(place);
  const told = `${rerun.stderr}\n${rerun.stdout}`;
  expect(rerun.code, told).toBe(after.unknownNames.size > 0 ? 5 : 0);
  expect(after.lost, told).toEqual([]);
  expect(heldTwice(after.held, allowed), told).toEqual([]);
  await checkResults(place, after, rows);
  return after;
}

/**
 * The results CSV is a function of ledger and manifest: `qgfx results` writes the same bytes again. It reads a
 * copy of the ledger, for this process lets a ledger go only when its garbage is collected. Every row has the id
 * of a graphic that the server holds with that row's bytes, or is unknown.
 */
async function checkResults(place: Place, after: Aftermath, rows: number): Promise<void> {
  const written = place.read(RESULTS);
  cpSync(join(place.dir, dirname(LEDGER)), join(place.dir, COPY), { recursive: true });
  const args = ["--ledger", `${COPY}/ledger.db`, "--results", "again.csv"];
  const again = await runCli(place.dir, ["results", MANIFEST, ...args]);
  expect(again.code, again.stderr).toBe(0);
  expect(place.read("again.csv")).toBe(written);
  rmSync(join(place.dir, COPY), { recursive: true });
  const records = parse(written, { columns: true }) as Record<string, string>[];
  expect(records).toHaveLength(rows);
  const unknown = records.filter(({ status }) => status === "unknown");
  expect(unknown).toHaveLength(after.unknownNames.size);
  const idless = records.filter(
    ({ status, graphicId, sha256 }) =>
      status !== "unknown" &&
      !after.held.some((graphic) => graphic.id === graphicId && graphic.sha256 === sha256),
  );
  expect(idless).toEqual([]);
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
