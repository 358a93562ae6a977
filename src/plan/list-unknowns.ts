import { addressKey, type FolderAndName, type UnknownUpload } from "./recorded.ts";

/** An upload that got no answer, and where its row is. */
export interface ListedUnknown extends FolderAndName {
  /** Line of the manifest; null where no row has this folder and name any more. */
  line: number | null;
  /** Why there is no answer. */
  error: string;
}

/**
 * The unsettled unknowns that a manifest's plan holds: those at its rows in their order, whoever sent them, then
 * those it sent itself and whose row is gone. Of a shard the latter are none, as in its plan.
 */
export function listUnknowns(
  rows: readonly (FolderAndName & { line: number })[],
  unknowns: readonly UnknownUpload[],
  { isShard }: { isShard: boolean },
): ListedUnknown[] {
  const left = new Map(unknowns.map((unknown) => [addressKey(unknown), unknown]));
  const atRows = rows.flatMap((row): ListedUnknown[] => {
    const key = addressKey(row);
    const unknown = left.get(key);
    left.delete(key);
    return unknown ? [listed(unknown, row.line)] : [];
  });
  if (isShard) return atRows;
  const gone = [...left.values()].filter(({ ownedByManifest }) => ownedByManifest);
  return [...atRows, ...gone.map((unknown) => listed(unknown, null))];
}

function listed({ folder, name, error }: UnknownUpload, line: number | null): ListedUnknown {
  return { line, folder, name, error };
}
