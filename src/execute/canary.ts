import type { PlannedRow } from "../plan/planned-row.ts";
import type { Outcome } from "./outcome.ts";
import type { RunState } from "./run-state.ts";

/** A row the canary uploaded, to be looked at in the library. */
export interface CanaryRow {
  upload: PlannedRow;
  graphicId: string;
  url: string;
}

/** The first rows of a run go alone, and the others only once those are found to be what was sent. */
export interface Canary {
  rows: number;
  /** What is not as it was sent, in words; undefined where all is well. */
  check(rows: readonly CanaryRow[]): Promise<string | undefined>;
}

const HINT =
  "look at these pictures in the library; an apply without --canary goes on all the same";

/** Has the canary's rows looked at, and stops the run where one is not in the library as it was sent. */
export async function checkCanary(run: RunState, canary: Canary): Promise<void> {
  if (run.isHalted) return;
  const rows = run.uploads.slice(0, canary.rows).map((upload, index) => ({
    upload,
    outcome: run.outcomes.get(index),
  }));
  const missing = rows.find(({ outcome }) => outcome?.status !== "uploaded");
  const problem = missing ? notUploaded(missing) : await canary.check(rows.flatMap(uploaded));
  if (problem === undefined) return;
  run.stop({ by: "canary", message: `the canary failed: ${problem}`, hint: HINT });
}

interface Row {
  upload: PlannedRow;
  outcome: Outcome | undefined;
}

function notUploaded({ upload, outcome }: Row): string {
  return `${upload.row.folder}/${upload.row.name} is ${outcome?.status ?? "not-run"}`;
}

function uploaded({ upload, outcome }: Row): CanaryRow[] {
  if (outcome?.status !== "uploaded") return [];
  const { graphicId, url } = outcome;
  return [{ upload, graphicId, url }];
}
