import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import { UserError } from "../../src/user-error.ts";
import {
  ended,
  MANIFEST,
  makeFastFolder,
  OWNER,
  runThrough,
  TARGET,
  upload,
  uploaded,
} from "../support/ledger.ts";
import { isShort, tell } from "./support/programme.ts";

/** One bit of each so many bytes. */
const STEP = isShort ? 350 : 50;
const ROWS = Array.from({ length: 120 }, (_, line) => upload(`picture ${line}.png`, { line }));

function idOf(run: string, index: number): string {
  return `IM_${run}${String(index).padStart(8, "0")}`;
}

/** What must not change unseen: ids, addresses, hashes, and what is unknown. */
function readWhatCounts(file: string): string {
  const view = readLedger(file);
  try {
    const { graphics = [], past = [], unknowns = [] } = view?.recorded(TARGET, MANIFEST) ?? {};
    const ids = (view ? ROWS.map(view.rowRecords(TARGET)) : []).map(({ graphicId }) => graphicId);
    const lines = [...graphics, ...past, ...unknowns].map((one) => {
      const graphicId = "graphicId" in one ? one.graphicId : "unknown";
      return JSON.stringify([one.folder, one.name, one.sha256, graphicId]);
    });
    return [...lines.sort(), ...ids].join("\n");
  } finally {
    view?.close();
  }
}

function tryToRead(file: string): string | undefined {
  try {
    return readWhatCounts(file);
  } catch (error) {
    if (error instanceof UserError && error.code.startsWith("LEDGER_")) return undefined;
    throw error;
  }
}

test("a ledger with a bit turned is refused, or says the same of every id and address", async () => {
  const file = join(makeFastFolder(), "ledger.db");
  const ledger = openLedger(file, OWNER);
  const rows = ROWS.map((row, index) => {
    const outcome = index % 7 === 0 ? ended("unknown", "reset") : uploaded(idOf("first", index));
    return [row, outcome] as const;
  });
  await runThrough(ledger, rows);
  await runThrough(
    ledger,
    rows.slice(0, 20).map(([row], index) => [row, uploaded(idOf("second", index))]),
  );
  ledger.close();
  const sound = readFileSync(file);
  const said = readWhatCounts(file);
  const changed: number[] = [];
  let refused = 0;
  for (let at = 0; at < sound.length; at += STEP) {
    const spoilt = Buffer.from(sound);
    spoilt[at] = (sound[at] ?? 0) ^ (1 << ((at / STEP) % 8));
    writeFileSync(file, spoilt);
    const now = tryToRead(file);
    if (now === undefined) refused += 1;
    else if (now !== said) changed.push(at);
  }
  tell("ledgers with a bit turned", { count: Math.ceil(sound.length / STEP), refused });
  expect(changed).toEqual([]);
});
