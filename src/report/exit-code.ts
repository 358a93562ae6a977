import type { Stopped } from "../execute/outcome.ts";
import type { RunSummary } from "./summary.ts";

/** The contract's exit codes. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  incomplete: 3,
  declined: 4,
  unknown: 5,
  changesPending: 6,
  locked: 7,
  stoppedByService: 8,
  interrupted: 130,
} as const;

/** What makes a run incomplete even where every row has its graphic. */
const INCOMPLETE: readonly (Stopped["by"] | undefined)[] = ["ledger", "canary"];

/**
 * The exit code of an apply run:
 *
 * | first that fits | code |
 * |---|---|
 * | the user interrupted it | 130 |
 * | the service stopped it (token, permission) | 8 |
 * | a row's outcome is unknown | 5 |
 * | a row failed or was not run, the ledger was lost, the canary failed | 3 |
 * | otherwise | 0 |
 */
export function exitCodeOf(summary: RunSummary, stoppedBy: Stopped["by"] | undefined): number {
  if (stoppedBy === "user") return EXIT.interrupted;
  if (stoppedBy === "service") return EXIT.stoppedByService;
  if (summary.unknown > 0) return EXIT.unknown;
  if (summary.failed > 0 || summary.notRun > 0) return EXIT.incomplete;
  if (INCOMPLETE.includes(stoppedBy)) return EXIT.incomplete;
  return EXIT.done;
}
