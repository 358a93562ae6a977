import type { Effects, Settings } from "./effects.ts";
import type { Outcome, Stopped } from "./outcome.ts";
import { RunState } from "./run-state.ts";
import { sendItem } from "./send-item.ts";

/** What a run did. */
export interface Executed {
  /** In the order of the items; made anew each time it is asked for. */
  readonly outcomes: Outcome[];
  stopped: Stopped | undefined;
  /** Distinct notices of the service (qualtrics-api: Hosts). */
  notices: string[];
  /** Indexes of items whose id is not in the ledger. */
  unrecorded: ReadonlySet<number>;
  /** What an effect threw that never should: our bug, to be thrown on once the results are written. */
  defect?: { error: unknown } | undefined;
}

/**
 * Stage 3: sends what is to be done for each item, `concurrency` at a time, and gives one outcome each. Never rejects:
 * a ledger that fails or an effect that throws ends the run, and whatever is under way is still waited for, so that no
 * id is lost. Items that got no chance are `not-run`, and told so once the last request has ended.
 */
export async function execute<Item>(
  items: readonly Item[],
  effects: Effects<Item>,
  settings: Settings,
): Promise<Executed> {
  const run = new RunState(items, effects, settings);
  const interrupt = () => run.interrupt();
  if (settings.stop.aborted) interrupt();
  settings.stop.addEventListener("abort", interrupt);
  await sendFirst(run);
  await sendUpTo(run, items.length);
  settings.stop.removeEventListener("abort", interrupt);
  for (const index of items.keys()) {
    if (!run.outcomes.get(index)) run.finish(index, run.notRun());
  }
  const { stopped, unrecorded, defect } = run;
  return {
    get outcomes() {
      return run.outcomesOf(items.length);
    },
    stopped,
    notices: [...run.notices],
    unrecorded,
    defect,
  };
}

async function sendFirst<Item>(run: RunState<Item>): Promise<void> {
  const { first } = run.effects;
  if (!first) return;
  await sendUpTo(run, first.count);
  if (run.isHalted) return;
  try {
    const sent = run.outcomesOf(Math.min(first.count, run.items.length));
    const stopped = await first.check(sent);
    if (stopped) run.stop(stopped);
  } catch (error) {
    run.fail(error);
  }
}

/** Sends every item before `end` that has not been sent. */
async function sendUpTo<Item>(run: RunState<Item>, end: number): Promise<void> {
  const last = Math.min(end, run.items.length);
  const workers = Math.min(Math.max(1, run.settings.concurrency), last);
  await Promise.all(Array.from({ length: workers }, () => work(run, last)));
}

/** One place in the pool: an item after the other. */
async function work<Item>(run: RunState<Item>, end: number): Promise<void> {
  let lastTold: Promise<void> | undefined;
  for (let index = run.takeNext(end); index !== undefined; index = run.takeNext(end)) {
    try {
      const { told } = await sendItem(run, index);
      await lastTold;
      lastTold = told;
    } catch (error) {
      run.fail(error);
    }
  }
  await lastTold;
}
