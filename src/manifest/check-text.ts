import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { CONTENT_TYPES, type ContentType } from "./image.ts";
import { nearest } from "./nearest.ts";
import { showValue } from "./show-value.ts";

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
