import type { AttemptOutcome } from "../execute/outcome.ts";
import type { Database } from "./database.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { RunEnd, RunRecorder } from "./ledger.ts";
import { beginAttempt, endUnsent, insertRetry } from "./write-attempts.ts";

/** What a run means to do about one item, and how far it has come. */
export interface PlannedItem {
  /** Its latest attempt. */
  attemptId: number;
  /** Whether it may be tried: it is neither in flight nor done. */
  isOpen: boolean;
  /** Whether the latest attempt is used up, so that the next try needs one of its own. */
  isTried: boolean;
}

/** A run that is recorded with all that it means to do. */
export interface PlannedRun<Item, Planned extends PlannedItem, Outcome> {
  runId: number;
  /** Whether an attempt without an answer may be made again in the same run: doing it twice does no harm. */
  isIdempotent: boolean;
  /** Undefined where the run has no such item. */
  find(item: Item): Planned | undefined;
  /** How an item is called in messages. */
  nameOf(item: Item): string;
  /** Records what an attempt's end means. Part of a commit. */
  end(planned: Planned, attemptId: number, outcome: Outcome): void;
}

/** Records one run's progress. `arriving` holds the ids that came in and are not recorded yet. */
export function recordRun<
  Item,
  Planned extends PlannedItem,
  Outcome extends Pick<AttemptOutcome, "result"> & Partial<AttemptOutcome>,
>(
  database: Database,
  commits: GroupCommit,
  run: PlannedRun<Item, Planned, Outcome>,
  arriving: Set<string>,
): RunRecorder<Item, Outcome> {
  /** What is on its way, by its attempt. */
  const inFlight = new Map<number, Planned>();
  // Each attempt that is under way will have an outcome to record, and the next one's intent with it.
  commits.gatherWhile(() => inFlight.size > 0);

  /** An item that may be tried or ended now, and from now on may not. */
  const take = (item: Item): Planned => {
    commits.assertWritable();
    const planned = run.find(item);
    if (!planned) throw new Error(`${run.nameOf(item)} is no part of this run`);
    if (!planned.isOpen) throw new Error(`${run.nameOf(item)} is in flight or done in this run`);
    planned.isOpen = false;
    return planned;
  };

  /** The attempt of this try. Part of a commit. */
  const nextAttempt = (planned: PlannedItem): number => {
    if (planned.isTried) planned.attemptId = insertRetry(database, planned.attemptId);
    planned.isTried = true;
    return planned.attemptId;
  };

  const end = async (item: Item, result: "failed" | null, message: string): Promise<void> => {
    const planned = take(item);
    await commits.write(() => endUnsent(database, nextAttempt(planned), result, message));
  };

  return {
    async intent(item, number) {
      const planned = take(item);
      const attemptId = await commits.write(
        () => {
          const next = nextAttempt(planned);
          beginAttempt(database, next, number, new Date().toISOString());
          return next;
        },
        (written) => takeBack(database, written),
      );
      inFlight.set(attemptId, planned);
      return attemptId;
    },
    async outcome(attemptId, outcome) {
      commits.assertWritable();
      const planned = inFlight.get(attemptId);
      if (!planned) throw new Error(`attempt ${attemptId} is not in flight`);
      const { result, graphicId } = outcome;
      if (result === "uploaded" && !graphicId) {
        throw new Error(`attempt ${attemptId} uploaded a graphic without an id`);
      }
      inFlight.delete(attemptId);
      if (graphicId) arriving.add(graphicId);
      await commits.write(() => run.end(planned, attemptId, outcome));
      if (graphicId) arriving.delete(graphicId);
      const isUnknown = result === "unknown" && run.isIdempotent;
      planned.isOpen = result === "refused" || result === "not-sent" || isUnknown;
    },
    unsent: (item, message) => end(item, "failed", message),
    notRun: (item, message) => end(item, null, message),
    async finish(ended) {
      await commits.write(() => database.update("runs", run.runId, columnsOf(ended)));
    },
  };
}

/** Of an intent that nothing was sent after. Part of a commit. */
function takeBack(database: Database, attemptId: number): void {
  database.update("attempts", attemptId, {
    finished_at: new Date().toISOString(),
    result: "not-sent",
    message: "the ledger was lost before it was sent",
  });
}

function columnsOf({ exitCode, finishedAt, counts }: RunEnd) {
  const {
    uploaded = null,
    unchanged = null,
    failed = null,
    unknown = null,
    notRun = null,
  } = counts;
  const counted = { uploaded, unchanged, failed, unknown, not_run: notRun };
  return { finished_at: finishedAt, exit_code: exitCode, ...counted };
}
