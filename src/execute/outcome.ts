/** What became of one row in this run; every row starts as `not-run` and is overwritten. */
export type Outcome =
  | { status: "uploaded"; graphicId: string; url: string; uploadedAt: string }
  | { status: "unchanged"; graphicId: string }
  | { status: "failed"; error: string }
  | { status: "unknown"; error: string }
  | { status: "not-run"; error: string };

/** The `status` column of a results CSV. */
export type Status = Outcome["status"];
