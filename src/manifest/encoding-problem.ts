import { isUtf8 } from "node:buffer";
import { findHeader, readFirstRecord } from "./csv-records.ts";
import { type Diagnostic, diagnostic, type Place, type Repair, showValue } from "./diagnostic.ts";
import {
  asBuffer,
  type BadText,
  BEYOND_ASCII,
  decodeText,
  windows1252Character,
} from "./text-encoding.ts";

/** So much of a text is enough to tell its encoding. */
const BYTES_LOOKED_AT = 20_000;

/** The encodings that tables of people are in, by the detector's names; the others only make it guess wrong. */
const NAMES: Readonly<Record<string, string>> = {
  CP932: "shift_jis",
  "EUC-JP": "euc-jp",
  GB18030: "gbk",
  Big5: "big5",
  CP949: "euc-kr",
  CP874: "windows-874",
  IBM866: "ibm866",
  "KOI8-R": "koi8-r",
  MacCyrillic: "x-mac-cyrillic",
  MacRoman: "macintosh",
  "Windows-1250": "windows-1250",
  "Windows-1251": "windows-1251",
  "Windows-1252": "windows-1252",
  "Windows-1253": "windows-1253",
  "Windows-1254": "windows-1254",
  "Windows-1255": "windows-1255",
  "Windows-1256": "windows-1256",
  "Windows-1257": "windows-1257",
};

/** How sure the detector is of a few words where it is right; of the Latin alphabet it never is as sure. */
const SURE = 0.019;
const SURE_LATIN = 0.01;
const LATIN = ["windows-1252", "macintosh"];

/** Encodings that are named beside the likeliest are as likely as that. */
const ALIKE = 0.8;
const MOST_GUESSES = 3;

const ASK =
  "save the table as UTF-8 ('CSV UTF-8' in Excel), or name its encoding: --encoding windows-1252, windows-1250, windows-1251, macintosh, shift_jis, gbk or another";

/** A manifest whose bytes are not the text they should be: what encoding they are likely to be in. */
export async function encodingProblem(
  file: string,
  bytes: Uint8Array,
  bad: BadText,
  { encoding, isYaml }: { encoding: string | undefined; isYaml: boolean },
): Promise<Diagnostic> {
  const cell = isYaml ? { column: bad.character } : badCell(bytes, bad);
  const place = { file, line: bad.line, ...cell };
  const tell = (message: string, hint: string, repair?: Repair): Diagnostic => ({
    ...diagnostic("error", "MANIFEST_ENCODING", message, hint, place),
    ...(repair && { repair }),
  });
  const where = `line ${bad.line}, character ${bad.character}`;
  // Only bytes that are no UTF-8 may be in one of the old encodings.
  const isOld = encoding === undefined && !asBuffer(bytes).includes(0);
  if (!isOld || isUtf8(bytes)) {
    const hint = encoding === undefined ? zeroHint(bytes) : ASK;
    return tell(`${bad.message}, at ${where}`, hint);
  }
  const western = readWestern(bytes);
  if (western !== undefined) {
    const message = `the text is not UTF-8; as windows-1252 it has ${showValue(wordAt(western, bad))}`;
    const hint = "'qgfx validate --fix' saves it as UTF-8; in Excel, save it as 'CSV UTF-8'";
    return tell(message, hint, { kind: "encoding", text: western });
  }
  if (isMostlyUtf8(bytes)) {
    const hint = "write that cell again, and save the table as UTF-8 ('CSV UTF-8' in Excel)";
    return tell(`${bad.message}, at ${where}; the rest of the text is`, hint);
  }
  const [likely, ...others] = await guess(bytes, bad);
  if (!likely) return tell(`${bad.message}, at ${where}: its encoding cannot be told`, ASK);
  const { name, word } = likely;
  const message = `the text is not UTF-8; it may be ${name}, which has ${showValue(word)} there`;
  const ifNot = others.map((one) => `${one.name} has ${showValue(one.word)}, or `).join("");
  const hint = `if that is right, give --encoding ${name} (with --fix, it is saved as UTF-8); if not, ${ifNot}name another`;
  return tell(message, hint);
}

/** UTF-16 has a zero in each letter of ASCII. */
function zeroHint(bytes: Uint8Array): string {
  const order = bytes[0] === 0 ? "utf-16be" : "utf-16le";
  const isUtf16 = (bytes[0] === 0) !== (bytes[1] === 0);
  return `save the file as UTF-8${isUtf16 ? `, or give --encoding ${order}` : ""}`;
}

/** Whether a text has more characters in UTF-8 than bytes that are not: to read it otherwise would damage those. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  let balance = 0;
  for (const [found] of asBuffer(bytes).toString("latin1").matchAll(BEYOND_ASCII))
    balance += isUtf8(Buffer.from(found, "latin1")) ? 1 : -1;
  return balance > 0;
}

/** The cell in which the bad byte is, as far as its own line and the header tell. */
function badCell(bytes: Uint8Array, bad: BadText): Partial<Place> {
  const header = findHeader(asBuffer(bytes));
  if (!header || "reason" in header) return {};
  const quotes = bad.lineStart.split('"').length - 1;
  const line = Buffer.from(quotes % 2 === 1 ? `${bad.lineStart}"` : bad.lineStart);
  const record = readFirstRecord(line, header.delimiter, { offset: 0, line: bad.line });
  if ("reason" in record || record.cells.length === 0) return {};
  return {
    column: record.cells.length,
    field: bad.line === header.line ? undefined : header.cells[record.cells.length - 1],
    value: record.cells.at(-1),
  };
}

/** What stands around the bad place, up to the next delimiters. */
function wordAt(text: string, { line, character }: BadText): string {
  const whole = text.split("\n", line).at(-1) ?? "";
  const before = /[^,;\t"]*$/.exec(whole.slice(0, character - 1))?.[0] ?? "";
  const after = /^[^,;\t"\r]*/.exec(whole.slice(character - 1))?.[0] ?? "";
  return (before + after).trim();
}

/** Encodings that a text may be in, the likeliest first, and how each reads the bad place: all differ there. */
async function guess(bytes: Uint8Array, bad: BadText): Promise<{ name: string; word: string }[]> {
  const { detectAll } = await import("jschardet");
  const lines = asBuffer(bytes).toString("latin1").split("\n");
  const telling = lines.filter((line) => /[\x80-\xff]/.test(line)).join("\n");
  const found: { name: string; word: string }[] = [];
  let least = 0;
  for (const one of detectAll(Buffer.from(telling.slice(0, BYTES_LOOKED_AT), "latin1"))) {
    const name = NAMES[one.encoding ?? ""];
    if (name === undefined || one.confidence < least) continue;
    if (one.confidence < (LATIN.includes(name) ? SURE_LATIN : SURE)) continue;
    least ||= one.confidence * ALIKE;
    const text = decodeText(bytes, name);
    const word = "utf8" in text ? wordAt(text.utf8.toString(), bad) : "";
    const isReadable = /^[\p{L}\p{M}\p{Nd}\p{P}\p{Zs}]+$/u.test(word);
    if (isReadable && found.every((other) => other.word !== word)) found.push({ name, word });
  }
  return found.slice(0, MOST_GUESSES);
}

/** Letters at which Windows-1252 and its neighbours (1250, 1254) agree, and typographic marks. */
const SURE_LETTER = /[ÁÂÄÇÉËÍÎÓÔÖÚÜßáâäçéëíîóôöúüý]/;
const SURE_MARK = /[\u00a0§«°»€‚„…‘’“”–—]/;

/**
 * A text of which some bytes are not UTF-8, read as Windows-1252 where they are not: Excel's plain "CSV" is written
 * so. Undefined where it may be in another encoding: in those, letters beyond ASCII follow each other, stand for
 * signs, or are capitals within words.
 */
function readWestern(bytes: Uint8Array): string | undefined {
  let hasLetter = false;
  let isSure = true;
  const latin1 = asBuffer(bytes).toString("latin1");
  const text = latin1.replace(BEYOND_ASCII, (found, at: number) => {
    const read = Buffer.from(found, "latin1");
    if (isUtf8(read)) return read.toString();
    const character = windows1252Character(read[0] ?? 0);
    const rest = [...read.subarray(1)].map(windows1252Character).join("");
    const [before = "", after = ""] = [latin1[at - 1], latin1[at + found.length]];
    const isLetter = SURE_LETTER.test(character);
    const isAmongLetters = /[a-z\xdf]/i.test(before + after);
    if (isLetter && isAmongLetters) hasLetter = true;
    const isCapitalWithin =
      isLetter && character !== character.toLowerCase() && /[a-z]/.test(before);
    const isAlone = found.length === 1 && !/[\x80-\xff]/.test(after.replace("\xdf", ""));
    isSure &&=
      isAlone && !isCapitalWithin && (isLetter ? isAmongLetters : SURE_MARK.test(character));
    return character + rest;
  });
  return isSure && hasLetter ? text : undefined;
}
