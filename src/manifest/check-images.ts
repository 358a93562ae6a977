import { placesOf } from "./cell-address.ts";
import { isSupported, placeOf } from "./check-manifest.ts";
import { isUsablePath } from "./check-text.ts";
import { type Diagnostic, diagnostic, showValue } from "./diagnostic.ts";
import { groupBy } from "./group-by.ts";
import type { Image, ImageProblem, Inspection } from "./image.ts";
import type { Delimiter, Manifest, ManifestRow } from "./manifest.ts";
import { divideAnew } from "./table-rows.ts";

/** The rules that need the rows' files; `inspections[i]` belongs to `rows[i]`. */
export function checkImages(manifest: Manifest, inspections: readonly Inspection[]): Diagnostic[] {
  const { file, rows, format, dialect } = manifest;
  // A row of results holds more than these cells.
  const isDivided = format === "csv" && !rows.some(({ prior }) => prior);
  const found = rows.flatMap((row, index) => {
    const inspection = inspections[index];
    // An unusable path is reported by `checkManifest` already.
    if (!inspection || !isUsablePath(row.path)) return [];
    if ("image" in inspection) return checkImage(file, row, inspection);
    return [fileProblem(file, row, inspection.problem, isDivided ? dialect.delimiter : undefined)];
  });
  return [...found, ...equalBytesNotes(manifest, inspections)];
}

/** A path that is missing may hold another delimiter, in a row that has as many cells as the header by chance. */
function fileProblem(
  file: string,
  row: ManifestRow,
  { code, message, hint, meantPath }: ImageProblem,
  delimiter: Delimiter | undefined,
): Diagnostic {
  const found = diagnostic("error", code, message, hint, placeOf(file, row, "path", row.path));
  if (meantPath !== undefined) return { ...found, repair: { kind: "cell", text: meantPath } };
  if (code !== "FILE_NOT_FOUND" || delimiter === undefined) return found;
  return { ...found, ...divideAnew(row.cells, delimiter, row.cells.length) };
}

function checkImage(
  file: string,
  row: ManifestRow,
  { image, warning }: Extract<Inspection, { image: Image }>,
): Diagnostic[] {
  const { contentType } = row;
  const actual = image.contentType;
  const place = placeOf(file, row, "path", row.path);
  const found = warning
    ? [diagnostic("warning", warning.code, warning.message, warning.hint, place)]
    : [];
  if (contentType === undefined || contentType === actual || !isSupported(contentType))
    return found;
  return [
    ...found,
    diagnostic(
      "error",
      "CONTENT_TYPE_MISMATCH",
      `the content type is ${contentType}, but ${showValue(row.path)} is ${actual} by its bytes`,
      `write ${actual}, or leave it empty`,
      placeOf(file, row, "contentType", contentType),
    ),
  ];
}

/** One note for each group of rows whose files hold the same bytes (contract: Manifest). */
function equalBytesNotes(manifest: Manifest, inspections: readonly Inspection[]): Diagnostic[] {
  const groups = groupBy(manifest.rows.keys(), (index) => {
    const inspection = inspections[index];
    return inspection && "image" in inspection ? inspection.image.sha256 : undefined;
  });
  groups.delete(undefined);
  return [...groups.values()].flatMap((group) => {
    const rows = group.flatMap((index) => manifest.rows[index] ?? []);
    return rows.length > 1 ? [note(manifest, rows)] : [];
  });
}

function note(manifest: Manifest, group: readonly ManifestRow[]): Diagnostic {
  const [first] = group;
  const { file } = manifest;
  return diagnostic(
    "note",
    "EQUAL_BYTES",
    `${placesOf(manifest, "path", group)} use the same image; each row is uploaded`,
    "give --share to upload it once and give every row that id",
    { file, line: first?.line, column: first?.columnOf.path, field: "path", value: first?.path },
  );
}
