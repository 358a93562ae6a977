import { placesOf } from "./cell-address.ts";
import {
  checkCharacters,
  checkLookalikes,
  checkPathText,
  checkText,
  isUsablePath,
} from "./check-text.ts";
import { type Diagnostic, diagnostic, nearest, type Place, showValue } from "./diagnostic.ts";
import { CONTENT_TYPES, type ContentType } from "./image.ts";
import {
  DEFAULT_FOLDER,
  type Field,
  hasQuotes,
  type Manifest,
  type ManifestRow,
} from "./manifest.ts";

/** The rules that need no file, for each row and across the rows. */
export function checkManifest(manifest: Manifest): Diagnostic[] {
  const { file, rows } = manifest;
  return [
    ...checkDefaultFolder(manifest),
    ...checkMissingFolders(manifest),
    ...rows.flatMap((row) => checkRow(file, row)),
    ...checkAddresses(manifest),
    ...checkLookalikes(manifest),
    ...checkPriorIds(manifest),
  ];
}

function isUnsure({ unsure }: ManifestRow, field: Field): boolean {
  return unsure?.includes(field) ?? false;
}

/** Where a row's cell is. */
export function placeOf(
  file: string,
  row: ManifestRow,
  field: Field | "graphicId",
  value: string,
): Place {
  return { file, line: row.line, column: row.columnOf[field], field, value };
}

function checkDefaultFolder({ file, defaultFolder }: Manifest): Diagnostic[] {
  if (defaultFolder === undefined) return [];
  const place = { file, field: "folder", value: defaultFolder };
  if (defaultFolder.trim() !== "") return checkText("folder", defaultFolder, place);
  // A cell of spaces counts as empty; whoever names a folder for all means one.
  const message = `the folder ${showValue(defaultFolder)} for rows without one is blank`;
  const hint = "name a folder, or leave it out: the images then go to 'Uncategorized'";
  return [diagnostic("error", "BLANK_AT_EDGE", message, hint, place)];
}

function checkMissingFolders(manifest: Manifest): Diagnostic[] {
  const { file, format, rows, defaultFolder } = manifest;
  if (defaultFolder !== undefined) return [];
  const without = rows.filter(
    (row) => row.columnOf.folder === undefined && !isUnsure(row, "folder"),
  );
  const [first] = without;
  if (!first) return [];
  const where = format === "xlsx" ? `row ${first.line}` : `line ${first.line}`;
  const message =
    without.length === 1
      ? `${where} has no folder: its image goes to '${DEFAULT_FOLDER}'`
      : `${without.length} rows have no folder (first: ${where}): their images go to '${DEFAULT_FOLDER}'`;
  const own =
    format === "yaml" ? "give them a 'folder:', or all in 'defaults:'" : "fill the folder column";
  const hint = `${own}, or name a folder for all of them with --folder`;
  const place = { file, line: first.line, field: "folder" };
  return [diagnostic("warning", "FOLDER_MISSING", message, hint, place)];
}

function checkRow(file: string, row: ManifestRow): Diagnostic[] {
  const { path, name, folder, contentType, columnOf } = row;
  const isGiven = (field: Field) => columnOf[field] !== undefined && !isUnsure(row, field);
  const found = checkPath(file, row);
  if (isGiven("name")) {
    const place = placeOf(file, row, "name", name);
    found.push(...checkText("name", name, place), ...checkNameQuotes(name, place));
  } else if (isUsablePath(path)) {
    const place = { ...placeOf(file, row, "name", name), column: columnOf.path };
    found.push(
      ...checkCharacters("name", name, place, "give the row a name without the character"),
      ...checkNameQuotes(name, place),
    );
  }
  if (isGiven("folder")) {
    const place = placeOf(file, row, "folder", folder);
    found.push(...checkText("folder", folder, place));
  }
  if (contentType !== undefined && isGiven("contentType")) {
    found.push(...checkContentType(contentType, placeOf(file, row, "contentType", contentType)));
  }
  return found;
}

/** Which of the two ways to write them the service undoes is not known (qualtrics-api: Upload). */
function checkNameQuotes(name: string, place: Place): Diagnostic[] {
  if (!hasQuotes(name)) return [];
  const what = name.includes('"') ? "a double quote" : "a backslash";
  const message = `the name ${showValue(name)} contains ${what}, which Qualtrics may show differently`;
  const hint =
    "give the image another name, or look at it in the library after the first upload; --name-quotes backslash sends the name the other way";
  return [diagnostic("warning", "NAME_QUOTES", message, hint, place)];
}

function checkPath(file: string, row: ManifestRow): Diagnostic[] {
  const place = placeOf(file, row, "path", row.path);
  if (isUnsure(row, "path")) return [];
  if (row.path !== "") return checkPathText(row.path, place);
  const message = "no path";
  const hint = "write the image's path, from the manifest's folder on, or delete the row";
  return [diagnostic("error", "PATH_EMPTY", message, hint, place)];
}

/** Two rows of one manifest share service and library, so their address differs in folder or name (contract: Manifest). */
function checkAddresses(manifest: Manifest): Diagnostic[] {
  const firsts = new Map<string, ManifestRow>();
  return manifest.rows.flatMap((row) => {
    if (row.unsure) return [];
    const address = JSON.stringify([row.folder, row.name]);
    const first = firsts.get(address);
    if (first === undefined) firsts.set(address, row);
    return first === undefined || row.name === "" ? [] : [duplicateAddress(manifest, row, first)];
  });
}

function duplicateAddress(manifest: Manifest, row: ManifestRow, first: ManifestRow): Diagnostic {
  const column = row.columnOf.name ?? row.columnOf.path;
  return diagnostic(
    "error",
    "ADDRESS_DUPLICATE",
    `${placesOf(manifest, "name", [first, row])} both put ${showValue(row.name)} into the folder ${showValue(row.folder)}`,
    "give one of the two another name or folder, or delete it",
    { ...placeOf(manifest.file, row, "name", row.name), column },
  );
}

/** Whether the service takes a content type. */
export function isSupported(contentType: string): contentType is ContentType {
  const supported: readonly string[] = CONTENT_TYPES;
  return supported.includes(contentType);
}

/** The rule on a content type that the manifest names. */
export function checkContentType(contentType: string, place: Place): Diagnostic[] {
  if (isSupported(contentType)) return [];
  const meant = nearest(`image/${contentType.replace(/^image\//, "")}`, CONTENT_TYPES);
  return [
    diagnostic(
      "error",
      "CONTENT_TYPE_UNSUPPORTED",
      `${showValue(contentType)} is not a type Qualtrics accepts; expected ${CONTENT_TYPES.join(", ")}`,
      meant ? `write ${meant}, or leave it empty` : "leave it empty: it is read from the file",
      place,
    ),
  ];
}

/**
 * The rule across the ids of results columns: a graphic never changes its bytes, so an id that two rows give with
 * different hashes is wrong in one of them, as where a spreadsheet filled a cell into those below.
 */
export function checkPriorIds(manifest: Manifest): Diagnostic[] {
  const firsts = new Map<string, ManifestRow>();
  return manifest.rows.flatMap((row) => {
    if (!row.prior?.graphicId) return [];
    const first = firsts.get(row.prior.graphicId);
    if (!first) firsts.set(row.prior.graphicId, row);
    return first && first.prior?.sha256 !== row.prior.sha256
      ? [conflict(manifest, row, first)]
      : [];
  });
}

function conflict(manifest: Manifest, row: ManifestRow, first: ManifestRow): Diagnostic {
  const id = row.prior?.graphicId ?? "";
  return diagnostic(
    "error",
    "PRIOR_GRAPHIC_ID_CONFLICT",
    `${placesOf(manifest, "graphicId", [first, row])} both have the graphicId ${showValue(id)}, but not the same sha256`,
    "put back the ids of the results file, or empty all results columns of the row it does not belong to",
    placeOf(manifest.file, row, "graphicId", id),
  );
}
