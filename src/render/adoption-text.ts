import type { Adoption } from "../report/adoption.ts";
import { escapeText } from "./escape.ts";

/** What became of each id that is not simply adopted, and the counts. */
export function formatAdoption({ rows, summary }: Adoption): string {
  const told = rows.filter(({ message }) => message !== null);
  const lines = told.map(({ line, folder, name, graphicId, status, message }) =>
    escapeText(`${status} line ${line}, ${folder}/${name} ${graphicId}: ${message}`),
  );
  const parts = [`${summary.adopted} adopted`];
  if (summary.alreadyRecorded > 0) parts.push(`${summary.alreadyRecorded} recorded already`);
  if (summary.refused > 0)
    parts.push(`${summary.refused} refused (--force takes them all the same)`);
  return [...lines, parts.join(", ")].join("\n");
}
