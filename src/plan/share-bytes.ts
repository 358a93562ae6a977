import type { Decision, PlannedRow, RowWithId } from "./planned-row.ts";

/**
 * Lets rows with the same bytes share one id, as `findGivers` says. Where that is recorded already the rows are
 * given; the others stand in `sharedBy` of the row that is sent.
 */
export function shareBytes(
  planned: readonly PlannedRow[],
  urlOf: (giver: PlannedRow) => string,
): RowWithId[] {
  const shared: RowWithId[] = [];
  for (const [taker, giver] of findGivers(planned)) {
    const { action, graphicId } = giver.decision;
    const isKept = keepsId(taker, giver);
    taker.decision = { ...taker.decision, ...(isKept && UNCHANGED), reason: "shared" };
    if (action === "unchanged" && graphicId !== null) {
      shared.push({ planned: taker, graphicId, url: urlOf(giver) });
    } else {
      giver.sharedBy ??= [];
      giver.sharedBy.push(taker);
    }
  }
  return shared;
}

const UNCHANGED = { action: "unchanged" } as const;

/**
 * Whether a row takes the very id that stands at the address it comes from: that address lets go of it, and for
 * surveys nothing is replaced.
 */
function keepsId(taker: PlannedRow, { decision }: PlannedRow): boolean {
  const { action, graphicId } = decision;
  return action === "unchanged" && taker.decision.replaces?.graphicId === graphicId;
}

/**
 * `--share`: of the rows that would be sent with the same bytes, which row each takes its id from. A row that
 * has its id already gives it; else the first that is sent. A row whose earlier upload got no answer takes
 * none: its own upload has to be settled, or is asked for again.
 *
 * | the row is | another row with these bytes | → |
 * |---|---|---|
 * | create or replace | has an id | shares that id; where it is the one it had under its former name, nothing is replaced |
 * | create or replace | is sent, and stands before it or will be retried | shares the id that one gets |
 * | create or replace | neither | is sent |
 * | any other | any | as it was |
 */
function findGivers(planned: readonly PlannedRow[]): Map<PlannedRow, PlannedRow> {
  const giverOf = new Map<string, PlannedRow>();
  for (const isGiver of [hasId, willBeRetried, isSentNew]) {
    for (const one of planned) {
      const { sha256 } = one.image;
      if (isGiver(one.decision) && !giverOf.has(sha256)) giverOf.set(sha256, one);
    }
  }
  const givers = new Map<PlannedRow, PlannedRow>();
  for (const one of planned) {
    const giver = giverOf.get(one.image.sha256);
    if (isSentNew(one.decision) && giver && giver !== one) givers.set(one, giver);
  }
  return givers;
}

function hasId({ action }: Decision): boolean {
  return action === "unchanged";
}

function willBeRetried({ reason }: Decision): boolean {
  return reason === "will-retry" || reason === "will-repeat";
}

function isSentNew({ action, reason }: Decision): boolean {
  return (action === "create" || action === "replace") && reason !== "will-repeat";
}
