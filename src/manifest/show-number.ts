import { type FormatToken, parseFormat } from "./format-section.ts";

/** Digits that the format General shows of a whole number before it changes to powers of ten. */
const GENERAL_LIMIT = 1e11;

/** Digits a workbook keeps of a number. */
const EXACT_LIMIT = 1e15;

const DAY_MS = 86_400_000;

/** 30 December 1899, so that serial number 61 is 1 March 1900: the 60th day never was (ECMA-376 part 1, 18.17.4.1). */
const EPOCH_1900_MS = Date.UTC(1899, 11, 30);
const EPOCH_1904_MS = Date.UTC(1904, 0, 1);
const FIRST_SURE_DAY = 61;
const LAST_DAY = 2_958_465;

const DATE_CODE = /^[ymdhs]/;

/** Whether a format shows numbers as dates or times. */
export function isDateFormat(code: string): boolean {
  return parseFormat(code).some((section) => section.some(isDateToken));
}

function isDateToken({ kind, text }: FormatToken): boolean {
  return kind === "code" && DATE_CODE.test(text);
}

/**
 * A number as a person sees it in a cell of this format; undefined where that depends on the computer's language
 * (decimal points, thousands, month names, short dates) or on the column's width, or where the format is not read.
 */
export function showNumber(value: number, code: string, date1904: boolean): string | undefined {
  const sections = parseFormat(code);
  const index = value < 0 && sections.length > 1 ? 1 : value === 0 && sections.length > 2 ? 2 : 0;
  const section = sections[index] ?? [];
  if (section.some(({ kind }) => kind === "unread") || !Number.isFinite(value)) return undefined;
  if (section.some(isDateToken)) return showDate(value, section, date1904);
  const sign = value < 0 && index === 0 ? "-" : "";
  const shown = showDigits(Math.abs(value), section);
  return shown === undefined ? undefined : sign + shown;
}

function showDigits(value: number, section: readonly FormatToken[]): string | undefined {
  const codes = section.filter(({ kind }) => kind === "code").map(({ text }) => text);
  if (codes.includes("general") || codes.includes("@")) {
    if (codes.length > 1 || !Number.isInteger(value) || value >= GENERAL_LIMIT) return undefined;
    return section.map(({ kind, text }) => (kind === "code" ? String(value) : text)).join("");
  }
  // The decimal point is a comma on many computers.
  if (codes.includes(".")) return undefined;
  const scaled = Math.round(codes.includes("%") ? value * 100 : value);
  if (scaled >= EXACT_LIMIT) return undefined;
  return fillPlaceholders(String(scaled), section);
}

/** Digits fill the places of `0` and `#` from the right; what is left over goes before the first of them. */
function fillPlaceholders(digits: string, section: readonly FormatToken[]): string {
  let left = digits === "0" ? "" : digits;
  let remaining = section.filter(isPlaceholder).length;
  let shown = "";
  for (const token of section.toReversed()) {
    if (!isPlaceholder(token)) {
      shown = token.text + shown;
      continue;
    }
    remaining -= 1;
    const taken = remaining === 0 ? left : left.slice(-1);
    left = left.slice(0, left.length - taken.length);
    shown = (taken || (token.text === "0" ? "0" : "")) + shown;
  }
  return shown;
}

function isPlaceholder({ kind, text }: FormatToken): boolean {
  return kind === "code" && (text === "0" || text === "#");
}

function showDate(
  value: number,
  section: readonly FormatToken[],
  date1904: boolean,
): string | undefined {
  if (value < (date1904 ? 0 : FIRST_SURE_DAY) || value > LAST_DAY) return undefined;
  const date = dateOf(value, date1904);
  const parts = section.map((token, index) => datePart(token, index, section, date));
  return parts.includes(undefined) ? undefined : parts.join("");
}

/** The moment a serial number stands for, as if it were UTC, to the second. */
function dateOf(value: number, date1904: boolean): Date {
  const seconds = Math.round((value * DAY_MS) / 1000);
  return new Date((date1904 ? EPOCH_1904_MS : EPOCH_1900_MS) + seconds * 1000);
}

function datePart(
  { kind, text }: FormatToken,
  index: number,
  section: readonly FormatToken[],
  date: Date,
): string | undefined {
  if (kind === "literal" || text === ".") return text;
  const number = dateNumber(text.charAt(0), isMinute(index, section), date);
  if (text === "yyyy") return String(number).padStart(4, "0");
  if (text === "yy") return String(number % 100).padStart(2, "0");
  if (text.length > 2 || text.startsWith("y") || !DATE_CODE.test(text)) return undefined;
  return String(number).padStart(text.length, "0");
}

function dateNumber(letter: string, asMinute: boolean, date: Date): number {
  switch (letter) {
    case "y":
      return date.getUTCFullYear();
    case "m":
      return asMinute ? date.getUTCMinutes() : date.getUTCMonth() + 1;
    case "d":
      return date.getUTCDate();
    case "h":
      return date.getUTCHours();
    default:
      return date.getUTCSeconds();
  }
}

/** `m` is minutes right after hours and right before seconds, months elsewhere. */
function isMinute(index: number, section: readonly FormatToken[]): boolean {
  const isCode = ({ kind }: FormatToken) => kind === "code";
  const before = section.slice(0, index).findLast(isCode);
  const after = section.slice(index + 1).find(isCode);
  return before?.text.startsWith("h") === true || after?.text.startsWith("s") === true;
}

/** A number or date where no format says it exactly: digits with a point, dates as ISO 8601. */
export function plainNumber(value: number, code: string, date1904: boolean): string {
  if (!isDateFormat(code) || value < 0 || value > LAST_DAY) return String(value);
  const iso = dateOf(value, date1904).toISOString();
  return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : iso.slice(0, 19).replace("T", " ");
}

/** A text as a cell of this format shows it: the format may add text of its own around `@`. */
export function showText(text: string, code: string): string {
  const sections = parseFormat(code);
  const section = sections[3] ?? (sections.length === 1 ? sections[0] : undefined);
  if (!section?.some(({ kind, text: piece }) => kind === "code" && piece === "@")) return text;
  return section.map((token) => (token.kind === "code" ? text : token.text)).join("");
}
