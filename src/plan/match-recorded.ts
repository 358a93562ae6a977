import type { ManifestRow } from "../manifest/manifest.ts";
import type { Wanted } from "./planned-row.ts";
import {
  addressKey,
  type FolderAndName,
  type Graphic,
  groupGraphics,
  type Recorded,
  type UnknownUpload,
} from "./recorded.ts";

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
