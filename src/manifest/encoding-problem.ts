import { isUtf8 } from "node:buffer";
import { findHeader, readFirstRecord } from "./csv-records.ts";
import { type Diagnostic, diagnostic, type Place, type Repair, showValue } from "./diagnostic.ts";
import {
  asBuffer,
  type BadText,
  BEYOND_ASCII,
  decodeText,
  isEncoding,
  windows1252Character,
} from "./text-encoding.ts";

/** So much of a text is enough to tell its encoding. */
const BYTES_LOOKED_AT = 20_000;

/** Names that the detector has for encodings which go by another name elsewhere. */
const NAMES: Readonly<Record<string, string>> = {
  CP932: "shift_jis",
  GB18030: "gbk",
  MacRoman: "macintosh",
};

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
    const named = encoding === undefined ? "save the file as UTF-8" : ASK;
    return tell(`${bad.message}, at ${where}`, named);
  }
  const western = readWestern(bytes);
  if (western !== undefined) {
    const message = `the text is not UTF-8; as windows-1252 it has ${showValue(wordAt(western, bad))}`;
    const hint = "'qgfx validate --fix' saves it as UTF-8; in Excel, save it as 'CSV UTF-8'";
    return tell(message, hint, { kind: "encoding", text: western });
  }
  const name = await guess(bytes);
  const text = name === undefined ? undefined : decodeText(bytes, name);
  const read = text && "utf8" in text ? wordAt(text.utf8.toString(), bad) : "";
  if (name === undefined || !/^[\p{L}\p{M}\p{Nd}\p{P}\p{Zs}]+$/u.test(read)) {
    return tell(`${bad.message}, at ${where}: its encoding cannot be told`, ASK);
  }
  const message = `the text is not UTF-8; it may be ${name}, which has ${showValue(read)} there`;
  return tell(
    message,
    `if that is right, give --encoding ${name} (with --fix, it is saved as UTF-8); if not, name another`,
  );
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

async function guess(bytes: Uint8Array): Promise<string | undefined> {
  const { detect } = await import("jschardet");
  const lines = asBuffer(bytes).toString("latin1").split("\n");
  const telling = lines.filter((line) => /[\x80-\xff]/.test(line)).join("\n");
  const { encoding } = detect(Buffer.from(telling.slice(0, BYTES_LOOKED_AT), "latin1"));
  const name = encoding ? (NAMES[encoding] ?? encoding.toLowerCase()) : "";
  return isEncoding(name) ? name : undefined;
}

/** Letters at which Windows-1252 and its neighbours (1250, 1254) agree, and typographic marks. */
const SURE_LETTER = /[ÁÂÄÇÉËÍÎÓÔÖÚÜßáâäçéëíîóôöúüý]/;
const SURE_MARK = /[\u00a0§«°»€‚„…‘’“”–—]/;

/**
 * A text of which some bytes are not UTF-8, read as Windows-1252 where they are not: Excel's plain "CSV" is written
 * so. Undefined where it may be in another encoding: in those, letters beyond ASCII follow each other, stand for
 * signs, or are capitals within words.
 */
export function readWestern(bytes: Uint8Array): string | undefined {
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
