import { AddressIndex } from "./address-index.ts";
import { checkContentType, isSupported } from "./check-content-type.ts";
import { checkPriorIds } from "./check-prior-ids.ts";
import { checkCharacters, checkText, isUsablePath } from "./check-text.ts";
import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { divideAnew, dividedHint } from "./divide-anew.ts";
import { equalBytesNotes } from "./equal-bytes.ts";
import type { Image, ImageProblem, Inspection } from "./image.ts";
import {
  type CsvDialect,
  DEFAULT_FOLDER,
  type Field,
  type Manifest,
  type ManifestRow,
} from "./manifest.ts";
import { showValue } from "./show-value.ts";

/** The rules that need no file, for each row and across the rows. */
export function checkManifest(manifest: Manifest): Diagnostic[] {
  const { file, rows } = manifest;
  const found = new DiagnosticList(file);
  found.add(checkDefaultFolder(manifest));
  found.add(checkMissingFolders(manifest));
  for (const row of rows) found.add(checkRow(file, row));
  checkAddresses(file, rows, found);
  checkPriorIds(file, rows, found);
  return found.list();
}

/** The rules that need the rows' files; `inspections[i]` belongs to `rows[i]`. */
export function checkPictures(
  manifest: Manifest,
  inspections: readonly Inspection[],
): Diagnostic[] {
  const { file, rows } = manifest;
  const found = new DiagnosticList(file);
  const delimiter = delimiterOf(manifest);
  rows.forEach((row, index) => {
    const inspection = inspections[index];
    // An unusable path is reported by `checkManifest` already.
    if (!inspection || !isUsablePath(row.path)) return;
    if ("image" in inspection) found.add(checkPicture(file, row, inspection.image));
    else
      found.addOne(inspection.problem.code, () =>
        fileProblem(file, row, inspection.problem, delimiter),
      );
  });
  found.add(equalBytesNotes(file, rows, inspections));
  return found.list();
}

function placeOf(file: string, row: ManifestRow, field: Field, value: string): Place {
  return { file, line: row.line, column: row.columnOf[field], field, value };
}

function checkDefaultFolder({ file, defaultFolder }: Manifest): Diagnostic[] {
  if (defaultFolder === undefined) return [];
  const place = { file, field: "folder", value: defaultFolder };
  if (defaultFolder.trim() === "") return [blankFolder(defaultFolder, place)];
  return checkText("folder", defaultFolder, place);
}

/** A cell of blanks counts as empty; whoever names a folder means one. */
function blankFolder(folder: string, place: Place): Diagnostic {
  const message = `the folder ${showValue(folder)} for rows that name none is blank`;
  const hint = "name a folder, or leave it out: the images then go to 'Uncategorized'";
  return diagnostic("error", "FOLDER_BLANK", message, hint, place);
}

function checkMissingFolders({ file, format, rows, defaultFolder }: Manifest): Diagnostic[] {
  if (defaultFolder !== undefined) return [];
  const without = rows.filter((row) => row.columnOf.folder === undefined);
  const [first] = without;
  if (!first) return [];
  const message =
    without.length === 1
      ? `line ${first.line} names no folder, its image goes to '${DEFAULT_FOLDER}'`
      : `${without.length} rows name no folder, the first in line ${first.line}: their images go to '${DEFAULT_FOLDER}'`;
  const own =
    format === "yaml" ? "give them a 'folder:', or all in 'defaults:'" : "fill the folder column";
  const hint = `${own}, or name a folder for all of them with --folder`;
  return [
    diagnostic("warning", "FOLDER_MISSING", message, hint, {
      file,
      line: first.line,
      field: "folder",
    }),
  ];
}

function checkRow(file: string, row: ManifestRow): Diagnostic[] {
  const { path, name, folder, contentType, columnOf } = row;
  const found = checkPath(file, row);
  if (columnOf.name !== undefined) {
    const place = placeOf(file, row, "name", name);
    found.push(...checkText("name", name, place));
  } else if (isUsablePath(path)) {
    const place = { ...placeOf(file, row, "name", name), column: columnOf.path };
    found.push(
      ...checkCharacters("name", name, place, "give the row a name without the character"),
    );
  }
  if (columnOf.folder !== undefined) {
    const place = placeOf(file, row, "folder", folder);
    found.push(...checkText("folder", folder, place));
  }
  if (contentType !== undefined && columnOf.contentType !== undefined) {
    found.push(...checkContentType(contentType, placeOf(file, row, "contentType", contentType)));
  }
  return found;
}

function checkPath(file: string, row: ManifestRow): Diagnostic[] {
  const place = placeOf(file, row, "path", row.path);
  if (row.path !== "") return checkCharacters("path", row.path, place);
  const message = "the path is empty, expected the image's file";
  const hint = "write the image's path, relative to the manifest's folder, or delete the row";
  return [diagnostic("error", "PATH_EMPTY", message, hint, place)];
}

/** Two rows of one manifest share service and library, so their address differs in folder or name (contract: Manifest). */
function checkAddresses(file: string, rows: readonly ManifestRow[], found: DiagnosticList): void {
  const seen = new AddressIndex(rows);
  for (const [index, row] of rows.entries()) {
    if (row.name === "") continue;
    const first = seen.add(index);
    if (first) found.addOne("ADDRESS_DUPLICATE", () => duplicateAddress(file, row, first.line));
  }
}

function duplicateAddress(file: string, row: ManifestRow, first: number): Diagnostic {
  const column = row.columnOf.name ?? row.columnOf.path;
  return diagnostic(
    "error",
    "ADDRESS_DUPLICATE",
    `lines ${first} and ${row.line} both put ${showValue(row.name)} into the folder ${showValue(row.folder)}`,
    "give one of the two another name or folder, or delete it",
    { ...placeOf(file, row, "name", row.name), column },
  );
}

/** What divides the cells of a row, where they are all there is of it: results hold more. */
function delimiterOf({ format, dialect, rows }: Manifest): CsvDialect["delimiter"] | undefined {
  return format === "csv" && !rows.some(({ prior }) => prior) ? dialect.delimiter : undefined;
}

/** A path that is missing may hold another delimiter, in a row that has as many cells as the header by chance. */
function fileProblem(
  file: string,
  row: ManifestRow,
  problem: ImageProblem,
  delimiter: CsvDialect["delimiter"] | undefined,
): Diagnostic {
  const { code, message, hint, meantPath } = problem;
  const found = diagnostic("error", code, message, hint, placeOf(file, row, "path", row.path));
  if (meantPath !== undefined) return { ...found, repair: { kind: "cell", text: meantPath } };
  const meant =
    code === "FILE_NOT_FOUND" && delimiter && divideAnew(row.cells, delimiter, row.cells.length);
  if (!meant) return found;
  const repair = { kind: "row", cells: meant, was: row.cells.join(delimiter) } as const;
  return { ...found, hint: dividedHint(meant), repair };
}

function checkPicture(file: string, row: ManifestRow, image: Image): Diagnostic[] {
  const { contentType } = row;
  const actual = image.contentType;
  if (contentType === undefined || contentType === actual || !isSupported(contentType)) return [];
  return [
    diagnostic(
      "error",
      "CONTENT_TYPE_MISMATCH",
      `the content type is ${contentType}, but ${showValue(row.path)} is ${actual} by its bytes`,
      `write ${actual}, or leave it empty`,
      placeOf(file, row, "contentType", contentType),
    ),
  ];
}
