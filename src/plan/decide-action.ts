import type { Action, Decision, PlannedRow, Reason, RowWithId, Wanted } from "./planned-row.ts";
import type { Graphic, Keyed } from "./recorded.ts";

/** What is recorded that bears on one row. */
export interface Have {
  /** The current graphic at the row's address. */
  graphic: Graphic | undefined;
  /** Whether an earlier upload to this address got no answer and is not settled. */
  unknown: boolean;
  /** Set where that upload can be asked for again with the key that it was sent with. */
  repeats?: Keyed | undefined;
  /** Whether the row's bytes are those of such an upload to an address that no row has any more. */
  unknownElsewhere: boolean;
  /** A recorded graphic that no row wants any more and this row comes from. */
  former: Graphic | undefined;
  /** How the library lost the graphic that the row's results columns name, where that is recorded. */
  lost: "deleted" | "replaced" | undefined;
  /** Whether a file has just given the id of the graphic at the row's address. */
  isTaken: boolean;
}

/** `--unknown`: whether an upload without an answer may be sent again. */
export type UnknownPolicy = "hold" | "retry";

/**
 * The planner's heart: one row × what is recorded → one action. The first line that fits counts:
 *
 * | graphic at address | unknown | former | → |
 * |---|---|---|---|
 * | same bytes | any | any | unchanged, `same-bytes`, or `adopted` where a file has just given the id |
 * | none or other bytes | yes, and it may be repeated | any | create or replace, `will-repeat` |
 * | none or other bytes | yes | any | unknown, `held` or `will-retry` |
 * | other bytes | no | any | replace, `bytes-changed` |
 * | none | no | yes | replace, by what differs from the former |
 * | none | no | none | create, `new`, or why it may surprise |
 *
 * What may surprise: `possible-duplicate` where these bytes are `unknownElsewhere`, else `id-deleted` or
 * `id-replaced` where the id in the row's results columns is lost.
 */
export function decideAction(want: Wanted, have: Have, policy: UnknownPolicy): Decision {
  const sha256 = want.image.sha256;
  if (have.graphic?.sha256 === sha256) {
    return keep(have.isTaken ? "adopted" : "same-bytes", have.graphic.graphicId);
  }
  if (have.repeats) return { ...decideSent(want, have), reason: "will-repeat" };
  if (have.unknown) return unanswered(have, policy);
  return decideSent(want, have);
}

/** The lines of the table below the unknowns. */
function decideSent(want: Wanted, have: Have): Decision {
  if (have.graphic) return replace("bytes-changed", have.graphic);
  if (have.former) return replace(changeFrom(have.former, want), have.former);
  if (have.unknownElsewhere) return CREATE_TWICE;
  return have.lost ? CREATE_AGAIN[have.lost] : CREATE;
}

const CREATE: Decision = { action: "create", reason: "new", graphicId: null, replaces: undefined };
const CREATE_TWICE: Decision = { ...CREATE, reason: "possible-duplicate" };

const CREATE_AGAIN: Record<NonNullable<Have["lost"]>, Decision> = {
  deleted: { ...CREATE, reason: "id-deleted" },
  replaced: { ...CREATE, reason: "id-replaced" },
};

function keep(reason: Reason, graphicId: string): Decision {
  return { action: "unchanged", reason, graphicId, replaces: undefined };
}

function unanswered(have: Have, policy: UnknownPolicy): Decision {
  const old = have.graphic ?? have.former;
  return {
    action: "unknown",
    reason: policy === "retry" ? "will-retry" : "held",
    graphicId: old?.graphicId ?? null,
    replaces: old,
  };
}

/** What another manifest recorded elsewhere stays where it is: that manifest may have it still. */
function replace(reason: Reason, old: Graphic): Decision {
  const isKept = !old.ownedByManifest && reason !== "bytes-changed";
  return {
    action: "replace",
    reason,
    graphicId: old.graphicId,
    replaces: isKept ? undefined : old,
  };
}

function changeFrom(former: Graphic, { row, image }: Wanted): Reason {
  if (former.sha256 !== image.sha256) return "bytes-and-address-changed";
  if (former.folder === row.folder) return "renamed";
  if (former.name === row.name) return "moved";
  return "moved-and-renamed";
}

/** Whether a row's address has an upload without an answer, whatever is done about it. */
export function isUnanswered({ action, reason }: Pick<Decision, "action" | "reason">): boolean {
  return action === "unknown" || reason === "will-repeat";
}

/** Whether apply sends a request for it; a row that shares another's id needs none. */
export function isSent({ action, reason }: Pick<Decision | Action, "action" | "reason">): boolean {
  if (reason === "shared") return false;
  return action === "create" || action === "replace" || reason === "will-retry";
}

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
