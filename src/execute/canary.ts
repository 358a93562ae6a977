import type { PlannedRow } from "../plan/planned-row.ts";
import type { Outcome } from "./outcome.ts";
import type { Stopped } from "./run-state.ts";

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

/** Has the canary's rows looked at; why the run stops where one is not in the library as it was sent. */
export async function checkCanary(
  canary: Canary,
  uploads: readonly PlannedRow[],
  outcomes: readonly Outcome[],
): Promise<Stopped | undefined> {
  const missing = outcomes.findIndex(({ status }) => status !== "uploaded");
  const { folder, name } = uploads[missing]?.row ?? {};
  const problem =
    missing === -1
      ? await canary.check(uploadedRows(uploads, outcomes))
      : `${folder}/${name} is ${outcomes[missing]?.status}`;
  if (problem === undefined) return undefined;
  return {
    by: "canary",
    message: `the canary failed: ${problem}`,
    hint: "look at these pictures in the library; an apply without --canary goes on all the same",
  };
}

function uploadedRows(uploads: readonly PlannedRow[], outcomes: readonly Outcome[]): CanaryRow[] {
  return outcomes.flatMap((outcome, index) => {
    const upload = uploads[index];
    if (outcome.status !== "uploaded" || !upload) return [];
    const { graphicId, url } = outcome;
    return [{ upload, graphicId, url }];
  });
}
