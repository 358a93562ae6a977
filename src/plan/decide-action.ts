import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import type { Action, Decision, Reason, Wanted } from "./planned-row.ts";
import type { Graphic } from "./recorded.ts";

/** What is recorded that bears on one row. */
export interface Have {
  /** The current graphic at the row's address. */
  graphic: Graphic | undefined;
  /** Whether an earlier upload to this address got no answer and is not settled. */
  unknown: boolean;
  /** Whether the row's bytes are those of such an upload to an address that no row has any more. */
  unknownElsewhere: boolean;
  /** A recorded graphic that no row wants any more and this row comes from. */
  former: Graphic | undefined;
  /** The row's own prior result, where the ledger does not know its id and may take it over. */
  adoptable: PriorResult | undefined;
  /** How the library lost the graphic of the row's own prior result, where that is recorded. */
  lost: Exclude<PriorState, "counts"> | undefined;
}

/** `--unknown`: whether an upload without an answer may be sent again. */
export type UnknownPolicy = "hold" | "retry";

/**
 * The planner's heart: one row × what is recorded → one action. The first line that fits counts:
 *
 * | graphic at address | unknown | adoptable, same bytes | former | → |
 * |---|---|---|---|---|
 * | same bytes | any | any | any | unchanged, `same-bytes` |
 * | none | any | yes | any | unchanged, `adopted`: an upload of these bytes that got no answer has one now |
 * | none or other bytes | yes | no | any | unknown, `held` or `will-retry` |
 * | other bytes | no | no | any | replace, `bytes-changed` |
 * | none | no | no | yes | replace, by what differs from the former |
 * | none | no | no | none | create, `new`, or why it may surprise |
 *
 * What may surprise: `possible-duplicate` where these bytes are `unknownElsewhere`, else `id-deleted` or
 * `id-replaced` where the row's own id is lost.
 *
 * When an id is adoptable or lost: see `judgePrior`.
 */
export function decideAction(want: Wanted, have: Have, policy: UnknownPolicy): Decision {
  const sha256 = want.image.sha256;
  if (have.graphic?.sha256 === sha256) return keep("same-bytes", have.graphic.graphicId);
  if (have.adoptable?.sha256 === sha256) return keep("adopted", have.adoptable.graphicId);
  if (have.unknown) return unanswered(have, policy);
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
    replaces: old && identity(old),
  };
}

function replace(reason: Reason, old: Graphic): Decision {
  return { action: "replace", reason, graphicId: old.graphicId, replaces: identity(old) };
}

function identity({ folder, name, graphicId }: Graphic): Decision["replaces"] {
  return { folder, name, graphicId };
}

function changeFrom(former: Graphic, { row, image }: Wanted): Reason {
  if (former.sha256 !== image.sha256) return "bytes-and-address-changed";
  if (former.folder === row.folder) return "renamed";
  if (former.name === row.name) return "moved";
  return "moved-and-renamed";
}

/**
 * What is to be made of the id in a row's results columns: `counts`, it may be taken over; `deleted` and `replaced`,
 * its library has the graphic no longer, or not as this row's.
 */
export type PriorState = "counts" | "deleted" | "replaced";

/**
 * Judges the id in a row's results columns by what the ledger has of it in `past`. Where an address has the id now,
 * nobody asks. What people expect of a row whose id the ledger has
 *
 * | recorded | expected | → |
 * |---|---|---|
 * | never | the results are all there is: nothing is uploaded | `counts` |
 * | deleted, or a deletion got no answer | it may not be there any more: an upload | `deleted` |
 * | replaced at the row's own address, same bytes | a rename or a change was taken back: the graphic is in the library as it was, nothing is uploaded | `counts` |
 * | replaced, only under other names or with other bytes | the library has it under the old name for good (the row was renamed), or with another picture: an upload | `replaced` |
 */
export function judgePrior(
  { folder, name, prior }: ManifestRow,
  past: readonly Pick<Graphic, "folder" | "name" | "sha256" | "state" | "isInDoubt">[],
): PriorState {
  if (past.length === 0) return "counts";
  if (past.some(({ state, isInDoubt }) => isInDoubt || state === "deleted")) return "deleted";
  const wasHere = past.some(
    (place) => place.folder === folder && place.name === name && place.sha256 === prior?.sha256,
  );
  return wasHere ? "counts" : "replaced";
}

/** Whether apply sends a request for it; a row that shares another's id needs none. */
export function isSent({ action, reason }: Pick<Decision | Action, "action" | "reason">): boolean {
  if (reason === "shared") return false;
  return action === "create" || action === "replace" || reason === "will-retry";
}
