import type { DeletionOutcome } from "../execute/record.ts";
import type { FolderAndName } from "../plan/recorded.ts";
import type { Database } from "./database.ts";
import type { GroupCommit, Writer } from "./group-commit.ts";
import type { Owner } from "./holder.ts";
import {
  type DeletionIntent,
  recordDeletionIntent,
  recordDeletionOutcome,
  releaseGraphic,
  restoreReplaced,
  takeBackIntent,
} from "./write-deletions.ts";
import { insertRun, type RunStart } from "./write-items.ts";

/** An address that lets go of an id which stays in the library, for others use it. */
export type ReleasedGraphic = FolderAndName & { graphicId: string };

/** How a run of deletions ended. */
export interface DeletionsEnd {
  exitCode: number;
  /** ISO 8601. */
  finishedAt: string;
  failed: number;
  notRun: number;
}

/** The ledger's side of one `prune` or `undo`; each promise resolves once its write is durable. */
export interface DeletionRun {
  /** Before the first byte of an attempt; returns the attempt's id. */
  intent(graphicId: string, attempt: number): Promise<number>;
  /** After the attempt, before it is reported. */
  outcome(attemptId: number, graphicId: string, outcome: DeletionOutcome): Promise<void>;
  finish(end: DeletionsEnd): Promise<void>;
}

/** Records a run of deletions; part of the caller's transaction. */
export function recordDeletionRun(
  database: Database,
  owner: Owner,
  run: RunStart,
  released: readonly ReleasedGraphic[],
): number {
  for (const graphic of released) releaseGraphic(database, run, graphic);
  return insertRun(database, owner, run);
}

const FINISH =
  "UPDATE runs SET finished_at = ?, exit_code = ?, failed = ?, not_run = ? WHERE id = ?";

/** Records the progress of a run that `recordDeletionRun` began. Only `undo` restores what was replaced. */
export function deletionRun(
  database: Database,
  commits: GroupCommit,
  run: RunStart,
  runId: number,
): DeletionRun {
  const intents: Writer<DeletionIntent, number> = {
    writeAll: (many) => many.map((one) => recordDeletionIntent(database, runId, run, one)),
    takeBack: (many) => {
      for (const one of many) takeBackIntent(database, runId, one);
    },
  };
  return {
    intent: (graphicId, attempt) => {
      const startedAt = new Date().toISOString();
      return commits.writeWith(intents, { graphicId, attempt, startedAt });
    },
    outcome: (attemptId, graphicId, outcome) =>
      commits.write(() => {
        recordDeletionOutcome(database, run, attemptId, graphicId, outcome);
        const isGone = outcome.result === "deleted";
        if (isGone && run.command === "undo") restoreReplaced(database, run, graphicId);
      }),
    finish: async ({ finishedAt, exitCode, failed, notRun }) => {
      const ended = [finishedAt, exitCode, failed, notRun, runId];
      await commits.write(() => database.run(FINISH, ended));
    },
  };
}
