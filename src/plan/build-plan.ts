import type { ManifestRow } from "../manifest/manifest.ts";
import {
  decideAction,
  type Have,
  isSent,
  shareBytes,
  type UnknownPolicy,
} from "./decide-action.ts";
import {
  type Action,
  describeAction,
  type PlannedRow,
  type RowWithId,
  type Wanted,
} from "./planned-row.ts";
import {
  addressKey,
  type FolderAndName,
  type Graphic,
  groupById,
  groupGraphics,
  type Recorded,
  type UnknownUpload,
} from "./recorded.ts";

/** Stage 2: what apply would do. */
export interface Plan {
  /** Each row of the manifest, in its order. */
  rows: readonly PlannedRow[];
  /** What this manifest recorded and no row of it names: orphans, then uploads that got no answer. */
  unnamed: readonly Action[];
  /** What apply sends, in manifest order. */
  uploads: readonly PlannedRow[];
  /** `--share`: rows that take an id which another row has already. */
  shared: readonly RowWithId[];
}

/** What else decides a plan. */
export interface PlanOptions {
  /** Whether rows with the same bytes share one upload. */
  share?: boolean;
  /**
   * Of a shard: the rows of the others. What is recorded at their addresses is no leftover; and no orphan or
   * unanswered upload without a row is shown, for each shard would show the same ones.
   */
  others?: readonly FolderAndName[] | undefined;
  /** The ids that a file has just given; see take-over.ts. */
  taken?: ReadonlySet<string>;
  /** Whether an upload that got no answer may be asked for again, with the key it was sent with, for a row. */
  mayRepeat?: ((unknown: UnknownUpload, want: Wanted) => boolean) | undefined;
}

/**
 * Compares what the manifest wants with what the ledger has. Pure: the same data gives the same plan, and
 * every row and every leftover of this manifest occurs in it exactly once.
 */
export function buildPlan(
  wanted: readonly Wanted[],
  recorded: Recorded,
  policy: UnknownPolicy,
  { share = false, others, taken = new Set(), mayRepeat = () => false }: PlanOptions = {},
): Plan {
  const rows = wanted.map(({ row }) => row);
  const matched = matchRecorded(rows, recorded, others ?? []);
  const haveOf = haveReader(recorded, matched, taken, mayRepeat);
  const newRows = wanted.filter(({ row }) => !matched.graphicAt.has(row));
  const former = pairFormer(newRows, matched.leftovers);
  const planned = wanted.map(({ row, image }): PlannedRow => {
    const have = { ...haveOf({ row, image }), former: former.get(row) };
    const decision = decideAction({ row, image }, have, policy);
    const isRepeat = decision.reason === "will-repeat";
    return { row, image, decision, ...(isRepeat && { repeats: have.repeats }) };
  });
  const urlOf = ({ row }: PlannedRow) => matched.graphicAt.get(row)?.url ?? "";
  const shared = share ? shareBytes(planned, urlOf) : [];
  const unnamed = others ? [] : describeUnnamed(matched, new Set(former.values()));
  return {
    rows: planned,
    unnamed,
    uploads: planned.filter(({ decision }) => isSent(decision)),
    shared,
  };
}

/** A plan as it is printed. */
export function describeActions({ rows, unnamed }: Plan): Action[] {
  return [...rows.map(describeAction), ...unnamed];
}

/** Gives what is recorded that bears on a row, but for the graphic it comes from. */
function haveReader(
  { graphics, past }: Recorded,
  { graphicAt, unknownAt, unknownLeft }: MatchedRecord,
  taken: ReadonlySet<string>,
  mayRepeat: NonNullable<PlanOptions["mayRepeat"]>,
): (want: Wanted) => Have {
  const current = new Set(graphics.map(({ graphicId }) => graphicId));
  const pastOf = groupById(past);
  const unknownBytes = new Set(unknownLeft.map(({ sha256 }) => sha256));
  return ({ row, image }) => {
    const graphic = graphicAt.get(row);
    const id = row.prior?.graphicId ?? "";
    const places = graphic || current.has(id) ? [] : (pastOf.get(id) ?? []);
    const isDeleted = places.some(({ state, isInDoubt }) => isInDoubt || state === "deleted");
    const lost = isDeleted ? "deleted" : "replaced";
    const unknown = unknownAt.get(row);
    return {
      graphic,
      unknown: unknown !== undefined,
      repeats: unknown && mayRepeat(unknown, { row, image }) ? unknown.keyed : undefined,
      unknownElsewhere: unknownBytes.has(image.sha256),
      former: undefined,
      lost: places.length > 0 ? lost : undefined,
      isTaken: graphic !== undefined && taken.has(graphic.graphicId),
    };
  };
}

/** What this manifest recorded and no row of it names: orphans, then uploads that got no answer. */
function describeUnnamed(
  { leftovers, unknownLeft }: MatchedRecord,
  taken: ReadonlySet<Graphic>,
): Action[] {
  const orphans = leftovers.filter((graphic) => graphic.ownedByManifest && !taken.has(graphic));
  return [
    ...orphans.map((graphic): Action => {
      const { graphicId } = graphic;
      return { action: "orphan", reason: "not-in-manifest", ...withoutLine(graphic), graphicId };
    }),
    ...unknownLeft.map((upload): Action => {
      const reason = "held-not-in-manifest";
      return { action: "unknown", reason, ...withoutLine(upload), graphicId: null };
    }),
  ];
}

function withoutLine(recorded: Graphic | UnknownUpload) {
  const { path, name, folder, contentType, sha256, bytes } = recorded;
  return { line: null, path, name, folder, contentType, sha256, bytes };
}

/** What is recorded, laid beside the rows of a manifest. */
export interface MatchedRecord {
  /** The graphic at a row's address. */
  graphicAt: ReadonlyMap<ManifestRow, Graphic>;
  /** The unsettled unknown at a row's address. */
  unknownAt: ReadonlyMap<ManifestRow, UnknownUpload>;
  /** This manifest's unsettled unknowns whose address no row has any more. */
  unknownLeft: readonly UnknownUpload[];
  /** What no row wants. */
  leftovers: readonly Graphic[];
}

/** Lays the record beside the rows. What stands at the addresses of `others`, rows of other shards, is no leftover. */
export function matchRecorded(
  rows: readonly ManifestRow[],
  { graphics, unknowns }: Recorded,
  others: readonly FolderAndName[],
): MatchedRecord {
  const rowAt = new Map(rows.map((row) => [addressKey(row), row]));
  const othersAt = new Set(others.map(addressKey));
  const graphicAt = new Map<ManifestRow, Graphic>();
  const leftovers: Graphic[] = [];
  for (const graphic of graphics) {
    const key = addressKey(graphic);
    const row = rowAt.get(key);
    if (row) graphicAt.set(row, graphic);
    else if (!othersAt.has(key)) leftovers.push(graphic);
  }
  const unknownAt = new Map<ManifestRow, UnknownUpload>();
  const unknownLeft: UnknownUpload[] = [];
  for (const unknown of unknowns) {
    const key = addressKey(unknown);
    const row = rowAt.get(key);
    if (row) unknownAt.set(row, unknown);
    else if (unknown.ownedByManifest && !othersAt.has(key)) unknownLeft.push(unknown);
  }
  return { graphicAt, unknownAt, unknownLeft, leftovers };
}

/** What makes a row and a leftover graphic of the same manifest the same picture, the surest sign first. */
const SIGNS: readonly ((of: Pick<Graphic, "sha256" | "path" | "name" | "folder">) => string)[] = [
  ({ sha256, path }) => `${sha256}\0${path}`,
  ({ sha256, name }) => `${sha256}\0${name}`,
  ({ sha256, folder }) => `${sha256}\0${folder}`,
  ({ sha256 }) => sha256,
  ({ path }) => path,
];

/**
 * Pairs rows that are new at their address with recorded graphics that no row wants any more, so that a
 * rename or a move is shown as one. Surest is the id in the row's own results columns. Each graphic serves one row;
 * ties go to the earlier row.
 */
export function pairFormer(
  newRows: readonly Wanted[],
  leftovers: readonly Graphic[],
): Map<ManifestRow, Graphic> {
  const pairs = new Map<ManifestRow, Graphic>();
  const free = new Set(leftovers);
  const pairBy = (
    rowKey: (want: Wanted) => string | undefined,
    graphicKey: (graphic: Graphic) => string | undefined,
  ) => {
    if (free.size === 0) return;
    const byKey = groupGraphics(free, graphicKey);
    for (const want of newRows) {
      const key = pairs.has(want.row) ? undefined : rowKey(want);
      const graphic = key === undefined ? undefined : byKey.get(key)?.shift();
      if (!graphic) continue;
      pairs.set(want.row, graphic);
      free.delete(graphic);
    }
  };
  pairBy(
    ({ row }) => row.prior?.graphicId ?? undefined,
    ({ graphicId }) => graphicId,
  );
  for (const sign of SIGNS) {
    pairBy(
      ({ row: { path, name, folder }, image: { sha256 } }) => sign({ sha256, path, name, folder }),
      (graphic) => (graphic.ownedByManifest ? sign(graphic) : undefined),
    );
  }
  return pairs;
}
