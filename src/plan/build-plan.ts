import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import type { Image } from "../manifest/image.ts";
import type { Action } from "./action.ts";
import {
  decideAction,
  type Have,
  mapWanted,
  type Standing,
  type UnknownPolicy,
  type Wanted,
  type WantedRows,
} from "./decide-action.ts";
import { type MatchedRecord, matchRecorded } from "./match-recorded.ts";
import { pairFormer } from "./pair-former.ts";
import { PlannedRow, plainUpload } from "./planned-row.ts";
import type { FolderAndName, RecordedGraphic, RecordedNow, UnknownUpload } from "./recorded.ts";
import { findGivers } from "./share-bytes.ts";
import type { Upload } from "./upload.ts";

/** Stage 2: what apply would do, row by row in manifest order, then what is recorded and no row names. */
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
  image: Image;
  prior: PriorResult;
}

/** What else decides a plan. */
export interface PlanOptions {
  /** Whether rows with the same bytes share one upload. */
  share: boolean;
  /**
   * Of a shard: the rows of the others. What is recorded at their addresses is no leftover; and no orphan or
   * unanswered upload without a row is shown, for each shard would show the same ones.
   */
  others?: readonly FolderAndName[] | undefined;
}

/**
 * Compares what the manifest wants with what the ledger has. Pure: the same data gives the same plan, and
 * every row and every leftover of this manifest occurs in it exactly once. What is recorded is gone through once.
 */
export function buildPlan(
  wanted: WantedRows,
  recorded: RecordedNow,
  policy: UnknownPolicy,
  { share, others }: PlanOptions = { share: false },
): Plan {
  const matched = matchRecorded(wanted, recorded, { others, withUrls: share });
  const haveAt = haveReader(matched);
  const decide = (want: Wanted, index: number, former?: RecordedGraphic) =>
    decideAction(want, haveAt(want, index, former), policy);
  const isAdopting = (want: Wanted, index: number) => decide(want, index).reason === "adopted";
  const former = pairFormer(newRows(wanted, matched, isAdopting), matched.leftovers);
  const alone = mapWanted(
    wanted,
    (want, index) => new PlannedRow(want, decide(want, index, former.get(want.row))),
  );
  const givers = share ? findGivers(alone) : new Map<PlannedRow, PlannedRow>();
  const planned = givers.size === 0 ? alone : alone.map((one) => sharedWhere(givers, one));
  const unnamed = others ? [] : describeUnnamed(matched, former);
  return {
    actions: unnamed.length === 0 ? planned : [...planned, ...unnamed],
    uploads: withSharers(planned.filter(isUpload), givers),
    adopted: planned.filter(isAdopted),
    shared: [...givers].flatMap(([taker, giver]) => toShared(taker, giver, matched.urls) ?? []),
  };
}

/**
 * The rows at whose address nothing is recorded and that adopt no id of their own; none where nothing is left
 * over that they could come from.
 */
function newRows(
  wanted: WantedRows,
  { sameBytes, otherBytes, leftovers }: MatchedRecord,
  isAdopting: (want: Wanted, index: number) => boolean,
): Wanted[] {
  if (leftovers.length === 0) return [];
  return mapWanted(wanted, (want) => want).filter(
    (want, index) =>
      sameBytes[index] === undefined && !otherBytes.has(index) && !isAdopting(want, index),
  );
}

/** What this manifest recorded and no row of it names: orphans, then uploads that got no answer. */
function describeUnnamed(
  { leftovers, unknownLeft }: MatchedRecord,
  former: ReadonlyMap<ManifestRow, RecordedGraphic>,
): Action[] {
  return [...orphansAmong(leftovers, former).map(toOrphan), ...unknownLeft.map(toUnknown)];
}

function orphansAmong(
  leftovers: readonly RecordedGraphic[],
  former: ReadonlyMap<ManifestRow, RecordedGraphic>,
): RecordedGraphic[] {
  const taken = new Set(former.values());
  return leftovers.filter((graphic) => graphic.ownedByManifest && !taken.has(graphic));
}

/** Gives what is recorded that bears on a row, by its index; `former` is the graphic it comes from. */
function haveReader(
  matched: MatchedRecord,
): (want: Wanted, index: number, former: RecordedGraphic | undefined) => Have {
  let knownIds: ReadonlySet<string> | undefined;
  const isKnown = (graphicId: string) => {
    knownIds ??= idsOf(matched);
    return knownIds.has(graphicId);
  };
  const unknownBytes = new Set(matched.unknownLeft.map(({ sha256 }) => sha256));
  return (want, index, former) => {
    const { prior } = want.row;
    const graphic = standingAt(want, index, matched);
    // Where something stands at the address, nothing is adopted: what the row's results say does not matter.
    const isAsked = !graphic && prior && !isKnown(prior.graphicId);
    const state = isAsked ? want.priorState : undefined;
    return {
      graphic,
      unknown: matched.unknown.has(index),
      unknownElsewhere: unknownBytes.size > 0 && unknownBytes.has(want.image.sha256),
      former,
      adoptable: state === "counts" ? prior : undefined,
      lost: state === "deleted" || state === "replaced" ? state : undefined,
    };
  };
}

function standingAt(
  { row, image }: Wanted,
  index: number,
  { sameBytes, otherBytes }: MatchedRecord,
): Standing | undefined {
  const graphicId = sameBytes[index];
  if (graphicId === undefined) return otherBytes.get(index);
  return { folder: row.folder, name: row.name, sha256: image.sha256, graphicId };
}

/** Every id that is recorded. */
function idsOf({ sameBytes, otherBytes, leftovers, idsOfOthers }: MatchedRecord): Set<string> {
  const ids = new Set(idsOfOthers);
  for (const id of sameBytes) if (id !== undefined) ids.add(id);
  for (const { graphicId } of otherBytes.values()) ids.add(graphicId);
  for (const { graphicId } of leftovers) ids.add(graphicId);
  return ids;
}

function sharedWhere(givers: ReadonlyMap<PlannedRow, PlannedRow>, one: PlannedRow): PlannedRow {
  const giver = givers.get(one);
  if (!giver) return one;
  const { decision } = one;
  const action = keepsId(one, giver) ? "unchanged" : decision.action;
  return new PlannedRow(one, { ...decision, action, reason: "shared" });
}

/**
 * Whether a row takes the very id that stands at the address it comes from: that address lets go of it, and for
 * surveys nothing is replaced.
 */
function keepsId({ replaces }: PlannedRow, { action, graphicId }: PlannedRow): boolean {
  return action === "unchanged" && replaces?.graphicId === graphicId;
}

/** Each upload with the rows that take the id it brings. */
function withSharers(
  uploads: readonly Upload[],
  givers: ReadonlyMap<PlannedRow, PlannedRow>,
): readonly Upload[] {
  if (givers.size === 0) return uploads;
  const sharersOf = new Map<number, Upload[]>();
  for (const [taker, giver] of givers) {
    const sharers = sharersOf.get(giver.line) ?? [];
    sharersOf.set(giver.line, sharers);
    sharers.push(describeShared(taker));
  }
  return uploads.map((upload) => {
    const sharedBy = sharersOf.get(upload.line);
    return sharedBy
      ? plainUpload(upload, { action: upload.action, reason: upload.reason, sharedBy })
      : upload;
  });
}

function describeShared(taker: PlannedRow): Upload {
  const action = taker.action === "replace" ? "replace" : "create";
  return plainUpload(taker, { action, reason: "shared" });
}

/** Undefined where the giver gets its id in this run. */
function toShared(
  taker: PlannedRow,
  giver: PlannedRow,
  urls: ReadonlyMap<ManifestRow, string>,
): Shared | undefined {
  const { graphicId, action } = giver;
  if (action !== "unchanged" || graphicId === null) return undefined;
  const url = urls.get(giver.row) ?? giver.prior?.url ?? "";
  const upload = describeShared(taker);
  return {
    upload: keepsId(taker, giver) ? { ...upload, action: "create" } : upload,
    graphicId,
    url,
  };
}

/** Whether apply sends a request for this action; a row that shares another's id needs none. */
export function isSent({ action, reason }: Pick<Action, "action" | "reason">): boolean {
  if (reason === "shared") return false;
  return action === "create" || action === "replace" || reason === "will-retry";
}

function isUpload(planned: PlannedRow): planned is PlannedRow & { action: Upload["action"] } {
  return planned.action !== "unchanged" && isSent(planned);
}

function isAdopted(planned: PlannedRow): planned is PlannedRow & { prior: PriorResult } {
  return planned.reason === "adopted" && planned.prior !== undefined;
}

function toOrphan(graphic: RecordedGraphic): Action {
  const { graphicId } = graphic;
  return { action: "orphan", reason: "not-in-manifest", ...withoutLine(graphic), graphicId };
}

function toUnknown(upload: UnknownUpload): Action {
  const what = withoutLine(upload);
  return { action: "unknown", reason: "held-not-in-manifest", ...what, graphicId: null };
}

function withoutLine(recorded: RecordedGraphic | UnknownUpload) {
  const { path, name, folder, contentType, sha256, bytes } = recorded;
  return { line: null, path, name, folder, contentType, sha256, bytes };
}
