import { isUtf8 } from "node:buffer";
import { type Diagnostic, diagnostic, type Place, showValue } from "./diagnostic.ts";
import { windows1252Character } from "./text-encoding.ts";

/** Characters refused in names and folders (reliability: Security). */
const FORBIDDEN_IN_NAME = /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u;

/** Characters refused in paths: the system knows none of them, or prints them as something else. */
const FORBIDDEN_IN_PATH = /[\p{Cc}\p{Cs}]/u;

const BLANK_AT_EDGE = /^\s|\s$/;

/** Whether a path can be looked up at all; where not, `checkManifest` has said why. */
export function isUsablePath(path: string): boolean {
  return ![/^$/, FORBIDDEN_IN_PATH, ERROR_VALUE, WEB_ADDRESS].some((wrong) => wrong.test(path));
}

/** Whether a name or folder holds characters that are refused. */
export function isForbidden(text: string): boolean {
  return FORBIDDEN_IN_NAME.test(text);
}

/** What spreadsheets show where there is no value, in the languages of most of them. */
const ERROR_VALUE =
  /^(#[¡¿]?(REF|NAME|VALUE|DIV\/0|NUM|NULL|SPILL|CALC|FIELD|BLOCKED|BUSY|CONNECT|UNKNOWN|BEZUG|WERT|ZAHL|ÜBERLAUF|VALEUR|NOM|NOMBRE|NUL|VALOR|NULO|RIF|VALORE|NOME|NULLO|VERW|WAARDE|NAAM|GETAL|LEEG|NÚM)[!?]|#N\/A|#NV|#N\/D|#ND|#GETTING_DATA|#{4,}|Err:\d{3})$/;

/** A single letter is a drive, and what `file://` names is looked for. */
const WEB_ADDRESS = /^(?!file:)[a-z][\w+.-]+:\/\/|^(data|blob|https?):|^www\./i;

/** The rule on what stands in a cell instead of its value. */
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
        `the ${what} ${showValue(text)} begins or ends with a space`,
        hint,
        place,
      )
    : diagnostic(
        "warning",
        "NO_BREAK_SPACE",
        `the ${what} ${showValue(text)} contains a no-break space, which looks like a space`,
        hint,
        place,
      );
  return [{ ...found, repair: { kind: "cell", text: tidy } }];
}
