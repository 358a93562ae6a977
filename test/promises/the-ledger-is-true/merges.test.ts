import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { AttemptOutcome } from "../../../src/execute/outcome.ts";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { counted } from "../../support/counts.ts";
import { dumpLedger } from "../../support/dump-ledger.ts";
import {
  ended,
  MANIFEST,
  makeFastFolder,
  OWNER,
  runThrough,
  upload,
  uploaded,
} from "../../support/ledger.ts";

const OPTIONS = { manifest: MANIFEST, onConflict: "refuse" } as const;
const RESULTS = ["uploaded", "failed", "unknown", "refused", "not-sent"] as const;

/** Some runs of each ledger: what became of each of its rows. */
const histories = fc.array(
  fc.array(fc.array(fc.constantFrom(...RESULTS), { maxLength: 4 }), { maxLength: 3 }),
  { minLength: 1, maxLength: 4 },
);

function outcomeOf(result: (typeof RESULTS)[number], id: string): AttemptOutcome {
  return result === "uploaded" ? uploaded(id) : ended(result, `${result} ${id}`);
}

async function makeLedger(file: string, of: number, runs: readonly (typeof RESULTS)[number][][]) {
  const ledger = openLedger(file, OWNER);
  for (const [run, results] of runs.entries()) {
    const rows = results.map((result, row) => {
      const outcome = outcomeOf(result, `IM_${of}_${run}_${row}`);
      return [upload(`${of}-${row}`, { sha256: `run ${run}` }), outcome] as const;
    });
    await runThrough(ledger, rows);
  }
  ledger.close();
}

function mergeInto(file: string, files: readonly string[]): void {
  const ledger = openLedger(file, OWNER);
  expect(ledger.merge(files, OPTIONS)).toMatchObject({ isMerged: true, conflicts: [] });
  ledger.close();
}

it("holds what all ledgers hold together, in whatever order and however often", async () => {
  const folder = makeFastFolder();
  let trial = 0;
  await fc.assert(
    fc.asyncProperty(histories, fc.infiniteStream(fc.nat()), async (ledgers, dice) => {
      trial += 1;
      const files = ledgers.map((_, index) => join(folder, `${trial}-${index}.db`));
      for (const [index, file] of files.entries()) {
        await makeLedger(file, index, ledgers[index] ?? []);
      }
      const union = files
        .flatMap((file) => dumpLedger(file).split("\n"))
        .filter((line) => line !== "");
      const main = join(folder, `${trial}-main.db`);
      for (let step = 0; step < 2; step += 1) {
        const some = files.filter(() => (dice.next().value ?? 0) % 2 === 0);
        mergeInto(main, some.reverse());
      }
      mergeInto(main, files);
      expect(dumpLedger(main)).toBe(union.sort().join("\n"));
    }),
    { numRuns: counted(3, 100) },
  );
});
