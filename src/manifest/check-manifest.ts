import { checkCharacters, checkContentType, checkText, isUsablePath } from "./check-text.ts";
import { type Diagnostic, DiagnosticList, diagnostic, type Place } from "./diagnostic.ts";
import { DEFAULT_FOLDER, type Field, type Manifest, type ManifestRow } from "./manifest.ts";
import { checkPriorIds } from "./prior.ts";
import { showValue } from "./show-value.ts";

/** The rules that need no file, for each row and across the rows. */
export function checkManifest(manifest: Manifest): Diagnostic[] {
  const { file, rows } = manifest;
  const found = new DiagnosticList(file);
  found.add(...checkDefaultFolder(manifest), ...checkMissingFolders(manifest));
  for (const row of rows) found.add(...checkRow(file, row));
  for (const one of checkAddresses(file, rows)) found.add(one);
  for (const one of checkPriorIds(file, rows)) found.add(one);
  return found.list();
}

/** Where a row's cell is. */
export function placeOf(file: string, row: ManifestRow, field: Field, value: string): Place {
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
  return diagnostic("error", "BLANK_AT_EDGE", message, hint, place);
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
function checkAddresses(file: string, rows: readonly ManifestRow[]): Diagnostic[] {
  const firstLines = new Map<string, number>();
  return rows.flatMap((row) => {
    const address = JSON.stringify([row.folder, row.name]);
    const first = firstLines.get(address);
    if (first === undefined) firstLines.set(address, row.line);
    return first === undefined || row.name === "" ? [] : [duplicateAddress(file, row, first)];
  });
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
