/** What became of one row or graphic in this run; each starts as `not-run` and is overwritten. */
export type Outcome =
  | { status: "uploaded"; graphicId: string; url: string; uploadedAt: string }
  | { status: "deleted" }
  | { status: "failed"; error: string }
  | { status: "unknown"; error: string }
  | { status: "not-run"; error: string };

/** The `status` column of a results CSV. */
export type Status = Exclude<Outcome["status"], "deleted"> | "unchanged";

/** What is said of a row whose latest upload failed while an earlier one has got no answer. */
export function stillUnknown(error: string): string {
  return `${error}; an earlier upload got no answer`;
}
