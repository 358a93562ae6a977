import type { ManifestRow } from "../manifest/manifest.ts";
import type { Wanted } from "./planned-row.ts";
import { type Graphic, groupGraphics } from "./recorded.ts";

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
    ({ row }) => row.prior?.graphicId,
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
