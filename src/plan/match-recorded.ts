import type { ManifestRow } from "../manifest/manifest.ts";
import {
  addressKey,
  type FolderAndName,
  type Graphic,
  type Recorded,
  type UnknownUpload,
} from "./recorded.ts";

/** What is recorded, laid beside the rows of a manifest. */
export interface MatchedRecord {
  /** The graphic at a row's address. */
  graphicAt: ReadonlyMap<ManifestRow, Graphic>;
  /** Rows whose address has an unsettled unknown. */
  unknownAt: ReadonlySet<ManifestRow>;
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
  const unknownAt = new Set<ManifestRow>();
  const unknownLeft: UnknownUpload[] = [];
  for (const unknown of unknowns) {
    const key = addressKey(unknown);
    const row = rowAt.get(key);
    if (row) unknownAt.add(row);
    else if (unknown.ownedByManifest && !othersAt.has(key)) unknownLeft.push(unknown);
  }
  return { graphicAt, unknownAt, unknownLeft, leftovers };
}
