import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import type { Picture } from "../manifest/picture.ts";
import type { Action } from "./action.ts";
import {
  type Decision,
  decideAction,
  type Have,
  type UnknownPolicy,
  type Wanted,
} from "./decide-action.ts";
import { pairFormer } from "./pair-former.ts";
import { addressKey, type FolderAndName, type Recorded, type RecordedGraphic } from "./recorded.ts";
import { type Decided, findGivers } from "./share-bytes.ts";
import type { Upload } from "./upload.ts";

/** Stage 2: what apply would do, row by row in manifest order, then the orphans. */
export interface Plan {
  actions: readonly Action[];
  /** What apply sends, in manifest order. */
  uploads: readonly Upload[];
  /** Rows whose id is taken from the manifest's own results columns. */
  adopted: readonly Adopted[];
  /** `--share`: rows that take an id which another row has already. */
  shared: readonly Shared[];
}

/** A row that takes another row's id without an upload. */
export interface Shared {
  upload: Upload;
  graphicId: string;
  url: string;
}

/** A graphic that becomes recorded without an upload. */
export interface Adopted {
  row: ManifestRow;
  picture: Picture;
  prior: PriorResult;
}

/** The ledger's record, indexed for one plan. */
interface Lookup {
  at: ReadonlyMap<string, RecordedGraphic>;
  knownIds: ReadonlySet<string>;
  unknownAt: ReadonlySet<string>;
  former: ReadonlyMap<Wanted, RecordedGraphic>;
}

/** What else decides a plan. */
export interface PlanOptions {
  /** Whether rows with the same bytes share one upload. */
  share: boolean;
  /**
   * Of a shard: the rows of the others. What is recorded at their addresses is no leftover; and nothing is an
   * orphan, for each shard would show the same ones.
   */
  others?: readonly FolderAndName[] | undefined;
}

/**
 * Compares what the manifest wants with what the ledger has. Pure: the same data gives the same plan, and
 * every row and every leftover of this manifest occurs in it exactly once.
 */
export function buildPlan(
  wanted: readonly Wanted[],
  recorded: Recorded,
  policy: UnknownPolicy,
  options: PlanOptions = { share: false },
): Plan {
  const at = new Map(recorded.graphics.map((graphic) => [addressKey(graphic), graphic]));
  const kept = new Set<RecordedGraphic>();
  const newRows = wanted.filter(({ row }) => !keep(row, at, kept));
  for (const other of options.others ?? []) keep(other, at, kept);
  const leftovers = recorded.graphics.filter((graphic) => !kept.has(graphic));
  const lookup: Lookup = {
    at,
    knownIds: new Set(recorded.graphics.map(({ graphicId }) => graphicId)),
    unknownAt: new Set(recorded.unknowns.map(addressKey)),
    former: pairFormer(newRows, leftovers),
  };
  const alone = wanted.map((want) => ({
    want,
    decision: decideAction(want, haveFor(want, lookup), policy),
  }));
  const givers = options.share ? findGivers(alone) : new Map<Decided, Decided>();
  const decided = givers.size === 0 ? alone : alone.map((one) => sharedWhere(givers, one));
  const taken = new Set(lookup.former.values());
  const isOrphan = (graphic: RecordedGraphic) => graphic.ownedByManifest && !taken.has(graphic);
  const orphans = options.others ? [] : leftovers.filter(isOrphan);
  return {
    actions: decided
      .map(({ want, decision }) => toAction(want, decision))
      .concat(orphans.map(toOrphan)),
    uploads: withSharers(
      decided.flatMap(({ want, decision }) => toUpload(want, decision) ?? []),
      givers,
    ),
    adopted: decided.flatMap(({ want, decision }) => toAdopted(want, decision) ?? []),
    shared: [...givers].flatMap(([taker, giver]) => toShared(taker, giver, at) ?? []),
  };
}

/** Notes what is recorded at an address that a row wants; false where nothing is. */
function keep(
  place: FolderAndName,
  at: ReadonlyMap<string, RecordedGraphic>,
  kept: Set<RecordedGraphic>,
): boolean {
  const graphic = at.size === 0 ? undefined : at.get(addressKey(place));
  if (graphic) kept.add(graphic);
  return graphic !== undefined;
}

function sharedWhere(givers: ReadonlyMap<Decided, Decided>, one: Decided): Decided {
  if (!givers.has(one)) return one;
  return { ...one, decision: { ...one.decision, reason: "shared" } };
}

/** Each upload with the rows that take the id it brings. */
function withSharers(
  uploads: readonly Upload[],
  givers: ReadonlyMap<Decided, Decided>,
): readonly Upload[] {
  if (givers.size === 0) return uploads;
  const sharersOf = new Map<number, Upload[]>();
  for (const [taker, giver] of givers) {
    const sharers = sharersOf.get(giver.want.row.line) ?? [];
    sharersOf.set(giver.want.row.line, sharers);
    sharers.push(describeShared(taker));
  }
  return uploads.map((upload) => {
    const sharedBy = sharersOf.get(upload.line);
    return sharedBy ? { ...upload, sharedBy } : upload;
  });
}

function describeShared({ want, decision }: Decided): Upload {
  const action = decision.action === "replace" ? "replace" : "create";
  return { action, reason: "shared", ...describe(want), replaces: decision.replaces };
}

/** Undefined where the giver gets its id in this run. */
function toShared(
  taker: Decided,
  giver: Decided,
  at: ReadonlyMap<string, RecordedGraphic>,
): Shared | undefined {
  const { graphicId, action } = giver.decision;
  if (action !== "unchanged" || graphicId === null) return undefined;
  const url = at.get(addressKey(giver.want.row))?.url ?? giver.want.row.prior?.url ?? "";
  return { upload: describeShared(taker), graphicId, url };
}

function haveFor(want: Wanted, lookup: Lookup): Have {
  const { row, priorCounts } = want;
  const isBlank = lookup.at.size === 0 && lookup.unknownAt.size === 0;
  const key = isBlank ? "" : addressKey(row);
  const isNew = row.prior !== undefined && !lookup.knownIds.has(row.prior.graphicId);
  return {
    graphic: lookup.at.get(key),
    unknown: lookup.unknownAt.has(key),
    former: lookup.former.get(want),
    adoptable: priorCounts && isNew ? row.prior : undefined,
  };
}

/** Whether apply sends a request for this action; a row that shares another's id needs none. */
export function isSent({ action, reason }: Pick<Action, "action" | "reason">): boolean {
  if (reason === "shared") return false;
  return action === "create" || action === "replace" || reason === "will-retry";
}

function describe({ row, picture }: Wanted) {
  return {
    line: row.line,
    path: row.path,
    name: row.name,
    folder: row.folder,
    contentType: picture.contentType,
    sha256: picture.sha256,
    bytes: picture.sizeBytes,
  };
}

function toAction(want: Wanted, { action, reason, graphicId }: Decision): Action {
  return { action, reason, ...describe(want), graphicId };
}

function toUpload(want: Wanted, decision: Decision): Upload | undefined {
  const { action, reason, replaces } = decision;
  if (action === "unchanged" || !isSent(decision)) return undefined;
  return { action, reason, ...describe(want), replaces };
}

function toAdopted({ row, picture }: Wanted, { reason }: Decision): Adopted | undefined {
  if (reason !== "adopted" || !row.prior) return undefined;
  return { row, picture, prior: row.prior };
}

function toOrphan(graphic: RecordedGraphic): Action {
  const { path, name, folder, contentType, sha256, bytes, graphicId } = graphic;
  return {
    action: "orphan",
    reason: "not-in-manifest",
    line: null,
    path,
    name,
    folder,
    contentType,
    sha256,
    bytes,
    graphicId,
  };
}
