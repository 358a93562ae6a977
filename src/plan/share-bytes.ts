import type { Decision, Wanted } from "./decide-action.ts";

/** A row and what the plan says of it. */
export interface Decided {
  image: Wanted["image"];
  decision: Decision;
}

/**
 * `--share`: of the rows that would be sent with the same bytes, which row each takes its id from. A row that
 * has its id already gives it; else the first that is sent. A row whose earlier upload got no answer takes
 * none: its own upload has to be settled.
 *
 * | the row is | another row with these bytes | → |
 * |---|---|---|
 * | create or replace | has an id | shares that id; where it is the one it had under its former name, nothing is replaced |
 * | create or replace | is sent, and stands before it or will be retried | shares the id that one gets |
 * | create or replace | neither | is sent |
 * | any other | any | as it was |
 */
export function findGivers<One extends Decided>(decided: readonly One[]): Map<One, One> {
  const giverOf = new Map<string, One>();
  for (const isGiver of [hasId, willBeRetried, isSentNew]) {
    for (const one of decided) {
      const { sha256 } = one.image;
      if (isGiver(one.decision) && !giverOf.has(sha256)) giverOf.set(sha256, one);
    }
  }
  const givers = new Map<One, One>();
  for (const one of decided) {
    const giver = giverOf.get(one.image.sha256);
    if (isSentNew(one.decision) && giver && giver !== one) givers.set(one, giver);
  }
  return givers;
}

function hasId({ action }: Decision): boolean {
  return action === "unchanged";
}

function willBeRetried({ reason }: Decision): boolean {
  return reason === "will-retry";
}

function isSentNew({ action }: Decision): boolean {
  return action === "create" || action === "replace";
}
