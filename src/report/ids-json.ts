import type { ExportedRow } from "./exported-row.ts";

/**
 * A JSON object, name → id, in manifest order. A name that stands in several folders is written
 * `folder/name`, for each of them.
 */
export function formatIdsJson(rows: readonly ExportedRow[]): string {
  const counts = new Map<string, number>();
  for (const { name } of rows) counts.set(name, (counts.get(name) ?? 0) + 1);
  const lines = rows.flatMap(({ name, folder, graphicId }) => {
    if (graphicId === null) return [];
    const key = counts.get(name) === 1 ? name : `${folder}/${name}`;
    return `  ${JSON.stringify(key)}: ${JSON.stringify(graphicId)}`;
  });
  // Written line by line: an object would put names such as "10" before all others.
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}
