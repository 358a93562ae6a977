import { format, isDateFormat, tokenize } from "numfmt";
import type { NumberCell } from "./manifest.ts";
import type { SheetCell } from "./read-sheet.ts";
import { textOfPart, type WorkbookFile } from "./workbook-file.ts";
import { isTrue, readXml } from "./xml.ts";

/** Why a cell's text may be another on somebody's screen, or is not in the file. */
export type Doubt = "format" | "language" | "not-computed" | "lost" | "picture" | "covered";

/** A cell's text, and whether a person is sure to see exactly that. */
export interface ShownCell {
  text: string;
  /** Undefined: the text is the same for all. */
  doubt?: Doubt;
}

/** What turns stored values into what is seen. */
export interface CellStyles {
  /** Format code of each cell style: index `s` of a cell's attribute. */
  formats: readonly string[];
  date1904: boolean;
  /** Whether what is stored for formulas is not their value. */
  isUncomputed: boolean;
}

/** Formats that no workbook writes out (ECMA-376 part 1, 18.8.30). */
const BUILT_IN: ReadonlyMap<number, string> = new Map([
  [0, "General"],
  [1, "0"],
  [2, "0.00"],
  [3, "#,##0"],
  [4, "#,##0.00"],
  [9, "0%"],
  [10, "0.00%"],
  [49, "@"],
]);
const BUILT_IN_DATES = [14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47];

/** Begins a format that is not in the file: what it shows depends on the computer. */
const LOCAL = "[local]";
const LOCAL_DATE = `${LOCAL}yyyy-mm-dd`;

/** Their decimal points and groups of digits differ. */
const LOCALES = ["en", "de", "zh-CN"];

/** What computers show in their own way, and numfmt maybe in one: separators of dates, names, powers of ten. */
const UNSURE_TYPE = /^(slash|exp|qmark|duration|ampm|calendar|dbnum|natnum|modifier|error)$/;
const UNSURE_DATE = /^(m{3}|d{3}|[ebg])/i;

/** A currency's sign and a language, as `[$€-407]`: the sign is the same everywhere, digits are not. */
const LANGUAGE = /^\[\$([^\]-]*)-(?!f[48]00)[0-9a-f]{1,4}\]$/i;

/** Digits that the format General shows of a whole number before it changes to powers of ten. */
const GENERAL_LIMIT = 1e11;

/** Digits a workbook keeps of a number. */
const EXACT_LIMIT = 1e15;

/** Days between the two systems of dates (ECMA-376 part 1, 18.17.4.1). */
const DAYS_1904 = 1462;

/** 1 January 1970, in days of the 1900 system. */
const DAY_1970 = 25_569;

/** 1 March 1900: the day before never was (ECMA-376 part 1, 18.17.4.1). */
const FIRST_SURE_DAY = 61;
const LAST_DAY = 2_958_465;

/** The number format of each cell style (ECMA-376 part 1, 18.8.10 cellXfs). */
export function readFormats({ files, styles: part }: WorkbookFile): string[] {
  const codes = new Map<number, string>();
  const formats: string[] = [];
  let isInCellFormats = false;
  readXml(textOfPart(files, part), {
    open: ({ name, attributes: { numFmtId, formatCode } }) => {
      const id = Number(numFmtId ?? 0);
      if (name === "numFmt" && formatCode !== undefined) codes.set(id, formatCode);
      else if (name === "cellXfs") isInCellFormats = true;
      else if (name === "xf" && isInCellFormats) {
        const unnamed = BUILT_IN_DATES.includes(id) ? LOCAL_DATE : LOCAL;
        formats.push(codes.get(id) ?? BUILT_IN.get(id) ?? unnamed);
      }
    },
    close: (name) => {
      if (name === "cellXfs") isInCellFormats = false;
    },
  });
  return formats;
}

/** The text a person sees in a cell. */
export function showCell(cell: SheetCell, styles: CellStyles): ShownCell {
  const { type, style, raw } = cell;
  const code = styles.formats[style] ?? (style === 0 ? "General" : LOCAL);
  if (type === "picture" || type === "covered" || type === "lost") return { text: "", doubt: type };
  if (raw === undefined || (cell.isFormula && styles.isUncomputed)) {
    return { text: "", doubt: "not-computed" };
  }
  switch (type) {
    case "n":
      return raw === "" ? { text: "" } : showStored(raw, code, styles.date1904);
    case "b":
      return { text: isTrue(raw) ? "TRUE" : "FALSE", doubt: "language" };
    case "d":
      return showIsoDate(raw, code, styles.date1904);
    default:
      return { text: showText(raw, code) };
  }
}

/** A date as ISO 8601 has it (ECMA-376 part 1, 18.18.11 ST_CellType), in a cell of a date format. */
function showIsoDate(raw: string, code: string, date1904: boolean): ShownCell {
  const days = Date.parse(`${raw.length === 10 ? `${raw}T00:00` : raw}Z`) / 86_400_000 + DAY_1970;
  const isShown = readCode(code).isDate && Number.isFinite(days);
  const text = isShown ? showNumber(days - (date1904 ? DAYS_1904 : 0), code, date1904) : undefined;
  return text === undefined ? { text: raw, doubt: "format" } : { text };
}

function showStored(raw: string, code: string, date1904: boolean): ShownCell {
  const value = Number(raw);
  if (Number.isNaN(value)) return { text: raw, doubt: "format" };
  const text = showNumber(value, code, date1904);
  return text === undefined
    ? { text: plainNumber(value, code, date1904), doubt: "format" }
    : { text };
}

interface ReadCode {
  /** Without what only pads: that adds no characters. */
  pattern: string;
  isDate: boolean;
  isGeneral: boolean;
  isConditional: boolean;
  /** Whether numfmt knows in which ways computers show it. */
  isSure: boolean;
}

const READ_CODES = new Map<string, ReadCode>();

function readCode(code: string): ReadCode {
  const known = READ_CODES.get(code);
  if (known) return known;
  const own = code.replace(LOCAL, "");
  const tokens = tokenize(own).filter(({ type }) => type !== "skip" && type !== "fill");
  const types = tokens.map(({ type }) => type);
  const sections = types.join(" ").split("break");
  const read = {
    pattern: tokens.map(({ raw }) => raw.replace(LANGUAGE, (_all, sign) => `"${sign}"`)).join(""),
    isDate: isDateFormat(own),
    isGeneral: types.length === 0 || types.includes("general") || types.includes("text"),
    isConditional: types.includes("condition"),
    isSure:
      own === code &&
      hasPlainConditions(sections) &&
      !tokens.some(({ type, raw }) => isUnsure(type, raw)) &&
      !sections.some((section, index) => isOddSection(section, index === sections.length - 1)),
  };
  READ_CODES.set(code, read);
  return read;
}

/** Conditions stand at the first sections, and one without is there for all other numbers. */
function hasPlainConditions(sections: readonly string[]): boolean {
  const conditional = sections.map((section) => section.includes("condition"));
  const first = conditional.indexOf(false);
  return first !== -1 && !conditional.includes(true, first);
}

function isUnsure(type: string, raw: string): boolean {
  if (type === "char") return /[:a-z0-9]/i.test(raw);
  if (type === "datetime") return UNSURE_DATE.test(raw);
  return type === "locale" ? !LANGUAGE.test(raw) && raw.includes("-") : UNSURE_TYPE.test(type);
}

/** A section that nobody writes by hand: a color alone, or text where numbers are. */
function isOddSection(types: string, isLast: boolean): boolean {
  if (/^( *color)+ *$/.test(types)) return true;
  return types.includes("text") && (!isLast || /zero|hash|general|percent|point|date/.test(types));
}

/**
 * A number as a person sees it in a cell of this format; undefined where that depends on the computer's language
 * (decimal points, thousands, month names, short dates) or on the column's width, or where the format is not read.
 */
export function showNumber(value: number, code: string, date1904: boolean): string | undefined {
  const { pattern, isDate, isGeneral, isConditional, isSure } = readCode(code);
  if (!isSure || !(Math.abs(value) < EXACT_LIMIT)) return undefined;
  // Whether a section that is chosen by a condition shows a minus sign is told in several ways.
  if (isConditional && value < 0) return undefined;
  if (isDate && !(value >= (date1904 ? 0 : FIRST_SURE_DAY) && value <= LAST_DAY)) return undefined;
  const isLong = !Number.isInteger(value) || Math.abs(value) >= GENERAL_LIMIT;
  if (isGeneral && !isDate && isLong) return undefined;
  const days = isDate && date1904 ? DAYS_1904 : 0;
  const [shown, ...others] = LOCALES.map((locale) => tryFormat(pattern, value + days, locale));
  return others.every((other) => other === shown) ? shown : undefined;
}

function tryFormat(pattern: string, value: number | string, locale: string): string | undefined {
  try {
    return format(pattern, value, { locale });
  } catch {
    return undefined;
  }
}

/** A number or date where no format says it exactly: digits with a point, dates as ISO 8601. */
function plainNumber(value: number, code: string, date1904: boolean): string {
  if (!readCode(code).isDate || value < 0 || value > LAST_DAY) return String(value);
  const seconds = Math.round((value + (date1904 ? DAYS_1904 : 0)) * 86_400);
  // 30 December 1899 is day 0.
  const iso = new Date(Date.UTC(1899, 11, 30) + seconds * 1000).toISOString();
  return iso.endsWith("T00:00:00.000Z") ? iso.slice(0, 10) : iso.slice(0, 19).replace("T", " ");
}

/** Digits, without what a program would drop: zeros in front, a plus, more digits than a workbook keeps. */
const WRITTEN_NUMBER = /^-?(?=(?:\.?\d){1,15}$)(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;

/** How a number that is written like this is seen in a cell of this format; undefined: it is none, or seen in another way. */
export function showWritten(text: string, code: string): ShownCell | undefined {
  if (!WRITTEN_NUMBER.test(text) || text === "-0" || code === "@") return undefined;
  const shown = showStored(text, code, false);
  return shown.text === text ? shown : undefined;
}

/** A text as a cell of this format shows it: the format may add text of its own around `@`. */
export function showText(text: string, code: string): string {
  if (code === "General" || code === "@") return text;
  return tryFormat(readCode(code).pattern, text, "en") ?? text;
}

/** The number in a cell; undefined: it holds none. */
export function numberIn(
  { type, style, raw, isFormula }: SheetCell,
  { formats, date1904, isUncomputed }: CellStyles,
): NumberCell | undefined {
  if (type !== "n" || (isFormula && isUncomputed) || !raw || !Number.isFinite(Number(raw)))
    return undefined;
  const code = formats[style] ?? "General";
  const days = date1904 && readCode(code).isDate ? DAYS_1904 : 0;
  return { value: Number(raw) + days, format: code };
}
