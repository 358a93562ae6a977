import type { PlannedRow } from "../plan/planned-row.ts";
import type { Outcome } from "./outcome.ts";

/** What is said of a row whose latest upload failed while an earlier one has got no answer. */
export function stillUnknown(error: string): string {
  return `${error}; an earlier upload got no answer`;
}

/**
 * What a row is once its upload has ended. Where an earlier one got no answer (`--unknown retry`), only an id
 * changes that: whatever else became of the retry, the first may be in the library.
 */
export function outcomeOf({ decision }: Pick<PlannedRow, "decision">, ended: Outcome): Outcome {
  const isRetry = decision.action === "unknown";
  if (!isRetry || (ended.status !== "failed" && ended.status !== "not-run")) return ended;
  return { status: "unknown", error: stillUnknown(ended.error) };
}
