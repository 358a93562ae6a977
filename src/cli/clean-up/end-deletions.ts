import type { DeletionEnd } from "../../execute/execute-deletions.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import type { DeletionDocument } from "../../report/deletion-document.ts";
import { exitCodeOf } from "../../report/exit-code.ts";
import { pagedRecords } from "../apply/paged-records.ts";
import { LastSteps } from "../last-steps.ts";
import { writeResults } from "../results/write-results.ts";
import type { DeleteContext } from "./delete-graphics.ts";
import type { FinishedDeletions } from "./run-deletions.ts";
import { showDeletions } from "./show-deletions.ts";

/**
 * What is left to do once nothing is under way, whatever of it fails: the results, the ledger's note of the end, the
 * last words. Gives the exit code, which is never 0 where a step failed.
 */
export async function endDeletions(
  context: DeleteContext,
  ledger: Ledger,
  deletions: FinishedDeletions,
  document: DeletionDocument,
): Promise<number> {
  const { manifest, paths, target } = context.job;
  const steps = new LastSteps(manifest.file, context.options);
  await steps.writeResults(() =>
    writeResults(
      paths.results,
      manifest,
      pagedRecords(ledger, target, paths.manifestKey, manifest.rows),
    ),
  );
  const exitCode = steps.exitCodeAfter(exitCodeAsDeleted(deletions));
  await steps.take(() => noteEnd(deletions, exitCode));
  showDeletions(document, deletions.execution, context);
  steps.show(context.terminal);
  steps.throwDefect();
  return steps.exitCodeAfter(exitCode);
}

function exitCodeAsDeleted({ execution: { ends, stopped } }: FinishedDeletions): number {
  const summary = { uploaded: 0, unchanged: 0, unknown: 0, ...countNotDeleted(ends) };
  return exitCodeOf(summary, stopped?.by);
}

function countNotDeleted(ends: readonly DeletionEnd[]): { failed: number; notRun: number } {
  const count = (status: DeletionEnd["status"]) =>
    ends.filter((end) => end.status === status).length;
  return { failed: count("failed"), notRun: count("not-run") };
}

/** Notes the run's end in the ledger; a ledger that was lost has been reported already. */
async function noteEnd({ run, execution }: FinishedDeletions, exitCode: number): Promise<void> {
  const { ends, stopped } = execution;
  if (stopped?.by === "ledger") return;
  const finishedAt = new Date().toISOString();
  await run.finish({ exitCode, finishedAt, ...countNotDeleted(ends) });
}
