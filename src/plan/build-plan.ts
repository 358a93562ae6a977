import { groupBy } from "../manifest/group-by.ts";
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
  type Recorded,
  type SentImage,
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
  const graphicAt = byAddress(recorded.graphics);
  const unknownAt = byAddress(recorded.unknowns);
  const claimed = byAddress([...wanted.map(({ row }) => row), ...(others ?? [])]);
  const isLeft = (place: FolderAndName) => !claimed.has(addressKey(place));
  const leftovers = recorded.graphics.filter(isLeft);
  const unknownLeft = recorded.unknowns.filter((one) => one.ownedByManifest && isLeft(one));
  const unknownBytes = new Set(unknownLeft.map(({ sha256 }) => sha256));
  const newRows = wanted.filter(({ row }) => !graphicAt.has(addressKey(row)));
  const former = pairFormer(newRows, leftovers);
  const lossOf = lossReader(recorded);
  const rows = wanted.map(({ row, image }): PlannedRow => {
    const graphic = graphicAt.get(addressKey(row));
    const unknown = unknownAt.get(addressKey(row));
    const repeats = unknown && mayRepeat(unknown, { row, image }) ? unknown.keyed : undefined;
    const have = {
      graphic,
      unknown: unknown !== undefined,
      repeats,
      unknownElsewhere: unknownBytes.has(image.sha256),
      former: former.get(row),
      lost: graphic ? undefined : lossOf(row),
      isTaken: graphic !== undefined && taken.has(graphic.graphicId),
    };
    const decision = decideAction({ row, image }, have, policy);
    return { row, image, decision, ...(decision.reason === "will-repeat" && { repeats }) };
  });
  const urlOf = ({ row }: PlannedRow) => graphicAt.get(addressKey(row))?.url ?? "";
  const shared = share ? shareBytes(rows, urlOf) : [];
  const paired = new Set(former.values());
  const orphans = leftovers.filter((one) => one.ownedByManifest && !paired.has(one));
  const unnamed = [...orphans.map(describeOrphan), ...unknownLeft.map(describeUnknown)];
  const uploads = rows.filter(({ decision }) => isSent(decision));
  return { rows, unnamed: others ? [] : unnamed, uploads, shared };
}

function byAddress<Place extends FolderAndName>(places: readonly Place[]): Map<string, Place> {
  return new Map(places.map((place) => [addressKey(place), place]));
}

/** A plan as it is printed. */
export function describeActions({ rows, unnamed }: Plan): Action[] {
  return [...rows.map(describeAction), ...unnamed];
}

/** Tells how the library lost the graphic that a row's results columns name, where that is recorded. */
function lossReader({ graphics, past }: Recorded): (row: ManifestRow) => Have["lost"] {
  const current = new Set(graphics.map(({ graphicId }) => graphicId));
  const pastOf = groupBy(past, ({ graphicId }) => graphicId);
  return ({ prior }) => {
    const id = prior?.graphicId ?? "";
    const places = current.has(id) ? [] : (pastOf.get(id) ?? []);
    if (places.length === 0) return undefined;
    const isDeleted = places.some(({ state, isInDoubt }) => isInDoubt || state === "deleted");
    return isDeleted ? "deleted" : "replaced";
  };
}

function describeOrphan(graphic: Graphic): Action {
  const { graphicId } = graphic;
  return { action: "orphan", reason: "not-in-manifest", ...withoutLine(graphic), graphicId };
}

function describeUnknown(upload: UnknownUpload): Action {
  const reason = "held-not-in-manifest";
  return { action: "unknown", reason, ...withoutLine(upload), graphicId: null };
}

function withoutLine({ path, name, folder, contentType, sha256, bytes }: SentImage) {
  return { line: null, path, name, folder, contentType, sha256, bytes };
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
function pairFormer(
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
    const byKey = groupBy(free, graphicKey);
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
