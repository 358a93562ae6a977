import type { ManifestRow } from "../manifest/manifest.ts";
import type { Wanted } from "./planned-row.ts";
import type { Graphic } from "./recorded.ts";

type Key = string | undefined;

/** What makes a row and a leftover graphic the same picture, the surest sign first. */
const SIGNS: readonly { row: (want: Wanted) => Key; graphic: (left: Graphic) => Key }[] = [
  {
    row: ({ row }) => row.prior?.graphicId,
    graphic: ({ graphicId }) => graphicId,
  },
  {
    row: ({ row, image }) => `${image.sha256}\0${row.path}`,
    graphic: ({ sha256, path, ownedByManifest }) => owned(ownedByManifest, `${sha256}\0${path}`),
  },
  {
    row: ({ row, image }) => `${image.sha256}\0${row.name}`,
    graphic: ({ sha256, name, ownedByManifest }) => owned(ownedByManifest, `${sha256}\0${name}`),
  },
  {
    row: ({ row, image }) => `${image.sha256}\0${row.folder}`,
    graphic: ({ sha256, folder, ownedByManifest }) =>
      owned(ownedByManifest, `${sha256}\0${folder}`),
  },
  {
    row: ({ image }) => image.sha256,
    graphic: ({ sha256, ownedByManifest }) => owned(ownedByManifest, sha256),
  },
  {
    row: ({ row }) => row.path,
    graphic: ({ path, ownedByManifest }) => owned(ownedByManifest, path),
  },
];

function owned(ownedByManifest: boolean, key: string): Key {
  return ownedByManifest ? key : undefined;
}

/**
 * Pairs rows that are new at their address with recorded graphics that no row wants any more, so that a
 * rename or a move is shown as one. Each graphic serves one row; ties go to the earlier row.
 */
export function pairFormer(
  newRows: readonly Wanted[],
  leftovers: readonly Graphic[],
): Map<ManifestRow, Graphic> {
  const pairs = new Map<ManifestRow, Graphic>();
  const free = new Set(leftovers);
  for (const sign of SIGNS) {
    if (free.size === 0) break;
    const byKey = groupFree(free, sign.graphic);
    for (const want of newRows) {
      if (pairs.has(want.row)) continue;
      const key = sign.row(want);
      const graphic = key === undefined ? undefined : byKey.get(key)?.shift();
      if (!graphic) continue;
      pairs.set(want.row, graphic);
      free.delete(graphic);
    }
  }
  return pairs;
}

function groupFree(
  free: ReadonlySet<Graphic>,
  keyOf: (left: Graphic) => Key,
): Map<string, Graphic[]> {
  const groups = new Map<string, Graphic[]>();
  for (const graphic of free) {
    const key = keyOf(graphic);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(graphic);
    else groups.set(key, [graphic]);
  }
  return groups;
}
