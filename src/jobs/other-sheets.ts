import { readdirSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { readManifestBytes } from "../files/read-manifest.ts";
import { parseManifest } from "../manifest/parse-manifest.ts";
import { UserError } from "../user-error.ts";
import { memberOf, type Paths } from "./paths.ts";

const SHEETS = [".csv", ".tsv", ".txt", ".xlsx"];

/**
 * Which other sheets in the manifest's folder name a graphic: results of other manifests, and sheets that were saved under
 * a new name with their ids. The ledger alone does not know of them, for they may never have been applied.
 */
export async function findUsers(
  { baseDir, main, results }: Paths,
  graphicIds: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  for (const name of graphicIds.size === 0 ? [] : readdirSync(baseDir).sort()) {
    const file = join(baseDir, name);
    const isOwn = memberOf(file).main === main || resolve(file) === results;
    if (isOwn || name.startsWith(".") || !SHEETS.includes(extname(name).toLowerCase())) continue;
    for (const id of await idsIn(file)) {
      if (graphicIds.has(id)) users.set(id, [...(users.get(id) ?? []), name]);
    }
  }
  return users;
}

/** The ids that a sheet's results columns hold; none where it cannot be read. */
async function idsIn(file: string): Promise<Set<string>> {
  try {
    const { manifest } = await parseManifest(file, await readManifestBytes(file), {});
    return new Set(manifest?.rows.flatMap(({ prior }) => prior?.graphicId ?? []));
  } catch (error) {
    if (error instanceof UserError) return new Set();
    throw error;
  }
}
