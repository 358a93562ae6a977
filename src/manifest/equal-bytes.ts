import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import type { Inspection } from "./image.ts";
import type { ManifestRow } from "./manifest.ts";

/** Lines that a note names one by one. */
const LINES_LISTED = 10;

/** One note for each group of rows whose files hold the same bytes (contract: Manifest). */
export function equalBytesNotes(
  file: string,
  rows: readonly ManifestRow[],
  inspections: readonly Inspection[],
): Diagnostic[] {
  const firstBySha256 = new Map<string, ManifestRow>();
  const groups = new Map<string, ManifestRow[]>();
  rows.forEach((row, index) => {
    const inspection = inspections[index];
    if (!inspection || "problem" in inspection) return;
    const { sha256 } = inspection.image;
    const first = firstBySha256.get(sha256);
    if (!first) firstBySha256.set(sha256, row);
    else if (!groups.get(sha256)?.push(row)) groups.set(sha256, [first, row]);
  });
  return [...groups.values()].map((group) => note(file, group));
}

function note(file: string, group: readonly ManifestRow[]): Diagnostic {
  const [first] = group;
  const listed = group.slice(0, LINES_LISTED).map(({ line }) => line);
  const more = group.length > LINES_LISTED ? ` and ${group.length - LINES_LISTED} more` : "";
  return diagnostic(
    "note",
    "EQUAL_BYTES",
    `lines ${listed.join(", ")}${more} name files with the same bytes, each is uploaded unless --share is given`,
    "give --share to upload them once and give every line that id",
    { file, line: first?.line, column: first?.columnOf.path, field: "path", value: first?.path },
  );
}
