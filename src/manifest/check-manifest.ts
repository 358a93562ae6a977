import {
  type Diagnostic,
  diagnostic,
  limitDiagnostics,
  nearest,
  type Place,
  showValue,
} from "./diagnostic.ts";
import { CONTENT_TYPES, type ContentType } from "./image.ts";
import { DEFAULT_FOLDER, type Field, type Manifest, type ManifestRow } from "./manifest.ts";

/** The rules that need no file, for each row and across the rows. */
export function checkManifest(manifest: Manifest): Diagnostic[] {
  const { file, rows } = manifest;
  return limitDiagnostics(file, [
    ...checkDefaultFolder(manifest),
    ...checkMissingFolders(manifest),
    ...rows.flatMap((row) => checkRow(file, row)),
    ...checkAddresses(file, rows),
    ...checkPriorIds(file, rows),
  ]);
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

/** Characters refused in names and folders (reliability: Security). */
const FORBIDDEN_IN_NAME = /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u;

/** Characters refused in paths: the system knows none of them, or prints them as something else. */
const FORBIDDEN_IN_PATH = /[\p{Cc}\p{Cs}]/u;

const BLANK_AT_EDGE = /^\s|\s$/;

/** Whether a path can be looked up at all; where not, `checkManifest` has said why. */
export function isUsablePath(path: string): boolean {
  return path !== "" && !FORBIDDEN_IN_PATH.test(path);
}

/** The rule on characters, for a path, a name or a folder; `hint` says what to do instead of the usual. */
export function checkCharacters(
  what: "path" | "name" | "folder",
  text: string,
  place: Place,
  hint?: string,
): Diagnostic[] {
  const found = (what === "path" ? FORBIDDEN_IN_PATH : FORBIDDEN_IN_NAME).exec(text);
  if (!found) return [];
  const [character] = found;
  const message = `the ${what} ${showValue(text)} holds ${describe(character)}`;
  const remedy = hint ?? `remove the character, it is number ${found.index + 1} of the ${what}`;
  return [diagnostic("error", "FORBIDDEN_CHARACTER", message, remedy, place)];
}

function describe(character: string): string {
  const code = character.charCodeAt(0);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  if (code === 0x0a || code === 0x0d) return `a line break (${name})`;
  if (code === 0x09) return `a tab (${name})`;
  if (/\p{Bidi_Control}/u.test(character)) return `the bidirectional control character ${name}`;
  if (/\p{Cs}/u.test(character)) return `half a surrogate pair (${name})`;
  return `the control character ${name}`;
}

/** The rules on a name or folder the user wrote. */
export function checkText(what: "name" | "folder", text: string, place: Place): Diagnostic[] {
  const forbidden = checkCharacters(what, text, place);
  return forbidden.length > 0 ? forbidden : checkBlanks(what, text, place);
}

const NO_BREAK_SPACES = /[\u00a0\u2007\u202f]/g;

/** Whether a text holds a blank that looks like a space and is none. */
function hasNoBreakSpace(text: string): boolean {
  return text.search(NO_BREAK_SPACES) !== -1;
}

/** A name or folder without blanks at its edges, and with plain spaces for no-break spaces. */
function tidyText(text: string): string {
  return text.replace(NO_BREAK_SPACES, " ").trim();
}

/** Warns of blanks nobody sees, which make a name or folder another than it looks. */
function checkBlanks(what: "name" | "folder", text: string, place: Place): Diagnostic[] {
  const atEdge = BLANK_AT_EDGE.test(text);
  if (!atEdge && !hasNoBreakSpace(text)) return [];
  const tidy = tidyText(text);
  const hint = `write ${showValue(tidy)} if the ${what} is not meant to have it`;
  const found = atEdge
    ? diagnostic(
        "warning",
        "BLANK_AT_EDGE",
        `the ${what} ${showValue(text)} begins or ends with a blank, which is kept`,
        hint,
        place,
      )
    : diagnostic(
        "warning",
        "NO_BREAK_SPACE",
        `the ${what} ${showValue(text)} holds a no-break space, which looks like a blank and is kept`,
        hint,
        place,
      );
  return [{ ...found, repair: { kind: "cell", text: tidy } }];
}

/** Whether the service takes a content type. */
export function isSupported(contentType: string): contentType is ContentType {
  const supported: readonly string[] = CONTENT_TYPES;
  return supported.includes(contentType);
}

/** The rule on a content type that the manifest names. */
export function checkContentType(contentType: string, place: Place): Diagnostic[] {
  if (isSupported(contentType)) return [];
  const subtype = contentType.replace(/^image\//, "");
  const meant = subtype === "jpg" ? "image/jpeg" : nearest(`image/${subtype}`, CONTENT_TYPES);
  return [
    diagnostic(
      "error",
      "CONTENT_TYPE_UNSUPPORTED",
      `the content type ${showValue(contentType)} is not taken, expected ${CONTENT_TYPES.join(", ")}`,
      meant ? `write ${meant}, or leave it empty` : "leave it empty: it is read from the file",
      place,
    ),
  ];
}

/**
 * The rule across the ids of results columns: a graphic never changes its bytes, so an id that two rows give with
 * different hashes is wrong in one of them, as where a spreadsheet filled a cell into those below.
 */
function checkPriorIds(file: string, rows: readonly ManifestRow[]): Diagnostic[] {
  const firsts = new Map<string, ManifestRow>();
  return rows.flatMap((row) => {
    if (!row.prior) return [];
    const first = firsts.get(row.prior.graphicId);
    if (!first) firsts.set(row.prior.graphicId, row);
    return first && first.prior?.sha256 !== row.prior.sha256
      ? [conflict(file, row, first.line)]
      : [];
  });
}

function conflict(file: string, { line, prior, columnOf }: ManifestRow, first: number): Diagnostic {
  return diagnostic(
    "error",
    "PRIOR_GRAPHIC_ID_CONFLICT",
    `lines ${first} and ${line} both have the graphicId ${showValue(prior?.graphicId ?? "")}, but not the same sha256`,
    "put back the ids of the results CSV, or empty the graphicId of the row it does not belong to",
    { file, line, column: columnOf.graphicId, field: "graphicId", value: prior?.graphicId },
  );
}
