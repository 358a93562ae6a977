import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Ledger, Run } from "../../../src/ledger/ledger.ts";
import { openLedger } from "../../../src/ledger/open-ledger.ts";
import { addressKey } from "../../../src/plan/recorded.ts";
import { counted } from "../../support/counts.ts";
import { queryLedger } from "../../support/dump-ledger.ts";
import {
  ended,
  finish,
  makeFastFolder,
  OWNER,
  recordsOf,
  runStart,
  TARGET,
  takeGraphics,
  takenGraphic,
  upload,
  uploaded,
} from "../../support/ledger.ts";
import { type Fate, HistoryModel } from "./history-model.ts";

const NAMES = ["a.png", "b.png", "c.png", "\u{1f600}.png"];
const MANIFESTS = ["../m.csv", "../n.csv"];
const TARGETS = [TARGET, { ...TARGET, library: "GR_0123456789a" }];

interface Row {
  name: string;
  fate: Fate;
  /** Name of the address that a rename takes its graphic from. */
  formerName: string | undefined;
}

interface History {
  manifest: string;
  targetIndex: number;
  rows: Row[];
}

const fate = fc.constantFrom<Fate>(
  "uploaded",
  "uploaded",
  "unknown",
  "failed",
  "refused",
  "not-sent",
  "died",
  "unsent",
  "untouched",
  "adopted",
);
const row = fc.record({
  name: fc.constantFrom(...NAMES),
  fate,
  formerName: fc.option(fc.constantFrom(...NAMES), { nil: undefined }),
});
const history = fc.array(
  fc.record({
    manifest: fc.constantFrom(...MANIFESTS),
    targetIndex: fc.nat(TARGETS.length - 1),
    rows: fc.uniqueArray(row, { selector: ({ name }) => name }),
  }),
  { maxLength: 5 },
);

/** Plays one run into the ledger and the model; ids are numbered by `serial`. */
async function play(ledger: Ledger, model: HistoryModel, past: History, serial: () => number) {
  const { manifest, rows } = past;
  const start = runStart({ ...TARGETS[past.targetIndex], manifest });
  const steps = rows.map(({ name, fate, formerName }, line) => {
    const graphicId = `IM_${serial()}`;
    const former = formerOf(model, fate === "adopted" ? undefined : formerName);
    const wanted = upload(name, { line, sha256: `sha-${graphicId}`, replaces: former });
    return { wanted, fate, graphicId, former };
  });
  const tell = ({ wanted, fate, graphicId, former }: (typeof steps)[number]) => {
    const from = former && { key: addressKey(former), graphicId: former.graphicId };
    model.endRow(wanted, fate, { graphicId, sha256: wanted.sha256, manifest }, from);
  };
  const adopted = steps.filter(({ fate }) => fate === "adopted");
  if (adopted.length > 0) {
    // What files give is taken over before the run that sends.
    const graphics = adopted.map(({ wanted: { name, sha256 }, graphicId }) => {
      return { ...takenGraphic(name, graphicId), sha256 };
    });
    await takeGraphics(ledger, graphics, start);
    model.startRun();
    for (const step of adopted) tell(step);
  }
  const sent = steps.filter(({ fate }) => fate !== "adopted");
  const run = ledger.startRun(
    start,
    sent.map(({ wanted }) => wanted),
  );
  model.startRun();
  await Promise.all(
    sent.map(({ wanted, fate, graphicId }) => playRow(run, wanted, fate, graphicId)),
  );
  for (const step of sent) tell(step);
  if (!rows.some(({ fate }) => fate === "died")) await finish(run);
}

function formerOf(model: HistoryModel, name: string | undefined) {
  if (name === undefined) return undefined;
  const { folder } = upload(name);
  const graphic = model.current.get(addressKey({ folder, name }));
  return graphic && { folder, name, graphicId: graphic.graphicId };
}

async function playRow(run: Run, wanted: ReturnType<typeof upload>, fate: Fate, id: string) {
  if (fate === "adopted" || fate === "untouched") return;
  if (fate === "unsent") return run.unsent(wanted, "gone");
  const attemptId = await run.intent(wanted, 1);
  if (fate === "died") return;
  await run.outcome(attemptId, fate === "uploaded" ? uploaded(id) : ended(fate, "why"));
}

function compare(ledger: Ledger, models: readonly HistoryModel[]): void {
  for (const [index, model] of models.entries()) {
    const target = TARGETS[index] ?? TARGET;
    for (const manifest of MANIFESTS) {
      const { graphics, unknowns } = ledger.recorded(target, manifest);
      expect(
        new Map(
          graphics.map((one) => [
            addressKey(one),
            [one.graphicId, one.sha256, one.ownedByManifest],
          ]),
        ),
      ).toEqual(
        new Map(
          [...model.current].map(([key, one]) => [
            key,
            [one.graphicId, one.sha256, one.manifest === manifest],
          ]),
        ),
      );
      expect(graphics).toHaveLength(model.current.size);
      expect(unknowns.map(addressKey).sort()).toEqual([...model.unknown.keys()].sort());
    }
    const recordOf = recordsOf(ledger, target);
    for (const name of NAMES) {
      const place = upload(name);
      expect(recordOf(place)).toMatchObject(model.recordOf(place));
    }
    expect([...model.ids].filter((id) => !ledger.knowsId(id))).toEqual([]);
  }
}

async function withLedger(file: string, use: (ledger: Ledger) => Promise<void>): Promise<void> {
  const ledger = openLedger(file, OWNER);
  try {
    await use(ledger);
  } finally {
    ledger.close();
  }
}

const CURRENT_TWICE = `
SELECT json_array(name) AS line FROM attempts WHERE state = 'current'
GROUP BY service, library, folder, name HAVING count(*) > 1`;

it("agrees with a plain model over any history of runs, deaths included", async () => {
  const file = join(makeFastFolder(), "ledger.db");
  await fc.assert(
    fc.asyncProperty(history, async (runs) => {
      rmSync(file, { force: true });
      const models = TARGETS.map(() => new HistoryModel());
      let count = 0;
      const serial = () => {
        count += 1;
        return count;
      };
      for (const past of runs) {
        const model = models[past.targetIndex] ?? new HistoryModel();
        await withLedger(file, async (ledger) => {
          await play(ledger, model, past, serial);
          compare(ledger, models);
        });
      }
      await withLedger(file, async (ledger) => compare(ledger, models));
      expect(queryLedger(file, CURRENT_TWICE)).toEqual([]);
    }),
    { numRuns: counted(8, 400) },
  );
});
