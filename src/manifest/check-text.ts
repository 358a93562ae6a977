import { isUtf8 } from "node:buffer";
import { placesOf } from "./cell-address.ts";
import { type Diagnostic, diagnostic, type Place, showValue } from "./diagnostic.ts";
import { groupBy } from "./group-by.ts";
import type { Field, Manifest, ManifestRow } from "./manifest.ts";
import { windows1252Character } from "./text-encoding.ts";

/** Characters refused in names and folders (reliability: Security). */
const FORBIDDEN_IN_NAME = /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u;

/** Characters refused in paths: the system knows none of them, or prints them as something else. */
const FORBIDDEN_IN_PATH = /[\p{Cc}\p{Cs}]/u;

/** Whether a path can be looked up at all; where not, `checkManifest` has said why. */
export function isUsablePath(path: string): boolean {
  return ![/^$/, FORBIDDEN_IN_PATH, ERROR_VALUE, WEB_ADDRESS].some((wrong) => wrong.test(path));
}

function isForbidden(text: string): boolean {
  return FORBIDDEN_IN_NAME.test(text);
}

/** What spreadsheets show where there is no value, in the languages of most of them. */
const ERROR_VALUE =
  /^(#[¡¿]?(REF|NAME|VALUE|DIV\/0|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|BUSY|CONNECT|UNKNOWN|BEZUG|WERT|ZAHL|ÜBERLAUF|VALEUR|NOM|NOMBRE|NUL|VALOR|NULO|RIF|VALORE|NOME|NULLO|VERW|WAARDE|NAAM|GETAL|LEEG|NÚM)[!?]|#N\/A|#NV|#N\/D|#ND|#GETTING_DATA|#{4,}|Err:\d{3})$/;

/** A single letter is a drive, and what `file://` names is looked for. */
const WEB_ADDRESS = /^(?!file:)[a-z][\w+.-]+:\/\/|^(data|blob|https?):|^www\./i;

function checkErrorValue(text: string, place: Place): Diagnostic[] {
  if (!ERROR_VALUE.test(text.trim())) return [];
  const message = `the cell shows ${showValue(text)} instead of a text`;
  const hint =
    "correct the formula or the column's width where the table was made, or write the text";
  return [diagnostic("error", "CELL_ERROR", message, hint, place)];
}

/** The rules on a path that need no file. */
export function checkPathText(path: string, place: Place): Diagnostic[] {
  const wrong = [...checkErrorValue(path, place), ...checkCharacters("path", path, place)];
  if (wrong.length > 0) return wrong;
  if (!WEB_ADDRESS.test(path)) return checkDamage("path", path, place);
  const message = `${showValue(path)} is a web address, not a file`;
  const hint = "download the image, and write the path of the file";
  return [diagnostic("error", "PATH_IS_ADDRESS", message, hint, place)];
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
  const message = `the ${what} ${showValue(text)} contains ${describe(character)}`;
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
  const wrong = [...checkErrorValue(text, place), ...checkCharacters(what, text, place)];
  if (wrong.length > 0) return wrong;
  return [...checkBlanks(what, text, place), ...checkDamage(what, text, place)];
}

/** The bytes that Windows-1252 has for characters beyond ASCII. */
const WINDOWS_1252 = new Map(
  Array.from({ length: 128 }, (_none, at) => [windows1252Character(at + 128), at + 128]),
);

/** What a text in another encoding may hold: letters of the common scripts, marks, signs and emoji. */
const PLAUSIBLE =
  /^[\u00a0-\u024f\u0370-\u052f\u05d0-\u05ea\u0621-\u064a\u0e00-\u0e7f\u1e00-\u27bf\u3000-\ud7af\uff00-\uffef\p{Extended_Pictographic}]+$/u;

/** The text before it was read as Windows-1252 while it was UTF-8; the same where it was not. */
function readAgain(text: string): string {
  return text.replace(/[^\x00-\x7f]+/g, (run) => {
    const bytes = [...run].map((character) => WINDOWS_1252.get(character) ?? 0);
    if (bytes.includes(0) || !isUtf8(Buffer.from(bytes))) return run;
    const read = Buffer.from(bytes).toString();
    return PLAUSIBLE.test(read) ? read : run;
  });
}

const LOST_LETTER = /\p{L}\?+\p{Ll}|(^|[\s/_-])\?+\p{Ll}|(^|\s)\?{2,}(\s|$)/u;

/** Warns of a text that lost letters before it came here: nothing in this file can bring them back. */
function checkDamage(what: "path" | "name" | "folder", text: string, place: Place): Diagnostic[] {
  const meant = readAgain(text);
  const hint =
    "export the table again as UTF-8 from the program where the text is right, or type the text again";
  const warn = (message: string) => [diagnostic("warning", "TEXT_DAMAGED", message, hint, place)];
  if (meant !== text) {
    return warn(
      `the ${what} ${showValue(text)} looks like ${showValue(meant)}, opened in the wrong encoding`,
    );
  }
  if (text.includes("\uFFFD")) return warn(`the ${what} ${showValue(text)} has lost a character`);
  if (!LOST_LETTER.test(text)) return [];
  return warn(`the ${what} ${showValue(text)} has '?' where a letter may have been`);
}

const NO_BREAK_SPACES = /[\u00a0\u2007\u202f]/g;

/** Warns of blanks nobody sees, which make a name or folder another than it looks. */
function checkBlanks(what: "name" | "folder", text: string, place: Place): Diagnostic[] {
  const tidy = text.replace(NO_BREAK_SPACES, " ").trim();
  if (tidy === text) return [];
  const [code, problem] =
    text.trim() === text
      ? ["NO_BREAK_SPACE", "contains a no-break space, which looks like a space"]
      : ["BLANK_AT_EDGE", "begins or ends with a space"];
  const message = `the ${what} ${showValue(text)} ${problem}`;
  const hint = `write ${showValue(tidy)} if the ${what} is not meant to have it`;
  const found = diagnostic("warning", code, message, hint, place);
  return [{ ...found, repair: { kind: "cell", text: tidy } }];
}

/** Characters that nobody sees; one that joins two emoji makes another of them. */
const INVISIBLE =
  /(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|(?!\u200d)\p{Cf}|[\u115f\u1160\u3164]|\u034f|\p{Variation_Selector}/gu;

function withoutUnseen(text: string): string {
  return text.normalize("NFC").replace(INVISIBLE, "");
}

function lookOf(text: string): string {
  const isPlain = /^[\x21-\x7e]*$/.test(text);
  return (isPlain ? text : withoutUnseen(text)).toLowerCase();
}

/**
 * Warns of folders, and of names in one folder, that look alike and are not the same: two spellings make two folders
 * in the library, and two graphics that nobody tells apart.
 */
export function checkLookalikes(manifest: Manifest): Diagnostic[] {
  const rows = manifest.rows.filter(
    ({ unsure, folder, name }) => !(unsure || isForbidden(folder) || isForbidden(name)),
  );
  return [
    ...lookalikes(manifest, rows, "folder", ({ folder }) => lookOf(folder)),
    ...lookalikes(manifest, rows, "name", ({ folder, name }) =>
      JSON.stringify([lookOf(folder), lookOf(name)]),
    ),
  ];
}

function lookalikes(
  manifest: Manifest,
  rows: readonly ManifestRow[],
  field: Field & ("folder" | "name"),
  keyOf: (row: ManifestRow) => string,
): Diagnostic[] {
  return [...groupBy(rows, keyOf).values()].flatMap((alike) => {
    const [first, ...others] = groupBy(alike, (row) => row[field]).values();
    return first ? others.map((other) => lookalike(manifest, field, first, other)) : [];
  });
}

function lookalike(
  manifest: Manifest,
  field: "folder" | "name",
  first: readonly ManifestRow[],
  other: readonly ManifestRow[],
): Diagnostic {
  const [a, b] = [first[0], other[0]] as [ManifestRow, ManifestRow];
  const places = placesOf(manifest, field, [a, b]);
  const message = `${places} have ${field}s that look alike: ${showValue(a[field])} and ${showValue(b[field])} differ in ${difference(a[field], b[field])}`;
  const cells = field === "folder" ? folderEdits([...first, ...other]) : [];
  const hints = {
    folder: "write them alike if they are one folder",
    name: "give one of them another name, or delete its row if it is the same image",
  };
  const hint = cells.length > 0 ? "write them alike; 'qgfx validate --fix' does it" : hints[field];
  const place = {
    file: manifest.file,
    line: b.line,
    column: b.columnOf[field],
    field,
    value: b[field],
  };
  const found = diagnostic("warning", "LOOKALIKE", message, hint, place);
  return cells.length > 0 ? { ...found, repair: { kind: "cells", cells } } : found;
}

/** Case is the user's to decide, and what two images of one name become; nobody decides on what cannot be seen. */
function folderEdits(rows: readonly ManifestRow[]): { line: number; text: string }[] {
  return rows.flatMap(({ folder, line, columnOf }) => {
    const text = withoutUnseen(folder);
    return text === folder || columnOf.folder === undefined ? [] : [{ line, text }];
  });
}

function difference(a: string, b: string): string {
  const unseen = [...new Set((a + b).match(INVISIBLE))].map(
    (character) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`,
  );
  const [formA, formB] = [a.normalize("NFC"), b.normalize("NFC")];
  const isForm = a !== formA || b !== formB;
  const isCase = withoutUnseen(a) !== withoutUnseen(b);
  return [
    ...(isForm ? ["the Unicode form of their accents"] : []),
    ...(unseen.length > 0 ? [`invisible characters (${unseen.join(", ")})`] : []),
    ...(isCase ? ["case"] : []),
  ].join(" and ");
}
