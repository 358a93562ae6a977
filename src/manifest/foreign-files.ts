import { basename, extname } from "node:path";
import { type Diagnostic, diagnostic, showValue } from "./diagnostic.ts";
import { isWorkbookName } from "./manifest.ts";
import { readZip } from "./zip.ts";

/** A kind of file that is not read: what it is, and how its program makes an .xlsx file of it. */
type Kind = readonly [what: string, how: string];

const EXCEL = "open it in Excel, choose File > Save As and the type 'Excel Workbook (*.xlsx)'";
const LIBREOFFICE =
  "open it in LibreOffice, choose File > Save As and the type 'Excel 2007-365 (.xlsx)'";
const NUMBERS = "open it in Numbers, choose File > Export To > Excel and save it as .xlsx";
const GOOGLE = "open it in the browser, choose File > Download > Microsoft Excel (.xlsx)";

const XLS: Kind = ["an old Excel workbook (.xls)", EXCEL];
const XLSB: Kind = ["a binary Excel workbook (.xlsb)", EXCEL];
const ODS: Kind = ["an OpenDocument spreadsheet (.ods)", LIBREOFFICE];
const NUMBERS_FILE: Kind = ["an Apple Numbers document (.numbers)", NUMBERS];
const XLSX: Kind = ["an Excel workbook (.xlsx), despite its name", "give it the ending .xlsx"];
const ZIP_FILE: Kind = ["a zip archive", "unpack it, and name the manifest in it"];
const WEB_PAGE: Kind = ["a web page or XML, despite its name", EXCEL];
const TEXT: Kind = ["a table as text, despite its name", "give it the ending .csv"];
const LOCKED: Kind = [
  "an Excel workbook with a password",
  "open it in Excel, remove the password under File > Info, and save it as .xlsx",
];

const BY_EXTENSION: Readonly<Record<string, Kind>> = {
  ".xls": XLS,
  ".xlsb": XLSB,
  ".xlsm": ["an Excel workbook with macros (.xlsm)", EXCEL],
  ".ods": ODS,
  ".fods": ODS,
  ".numbers": NUMBERS_FILE,
  ".gsheet": ["a link to a Google sheet (.gsheet)", GOOGLE],
};

/** Names of files within an archive, and what has such a file. */
const IN_ARCHIVE: readonly (readonly [name: RegExp, kind: Kind])[] = [
  [/^xl\/workbook\.bin$/, XLSB],
  [/^xl\/workbook\.xml$/, XLSX],
  [/^Index(\/|\.zip)/, NUMBERS_FILE],
  [/^content\.xml$/, ODS],
];

const ZIP = [0x50, 0x4b];

/** The first bytes of an old or a password-protected workbook (MS-CFB 2.2). */
const COMPOUND_FILE = [0xd0, 0xcf, 0x11, 0xe0];

function refusal(file: string, [what, how]: Kind): Diagnostic {
  // A file that is called a workbook has always had a code of its own.
  const code = isWorkbookName(file) ? "WORKBOOK_UNREADABLE" : "MANIFEST_FORMAT";
  const value = extname(file);
  return diagnostic("error", code, `the file is ${what}`, how, { file, value });
}

/** What a file that is not read is by its name. */
export function nameForeignFile(file: string): Diagnostic | undefined {
  const name = basename(file);
  const locked = /^~\$(.+)$|^\.~lock\.(.+)#$/.exec(name);
  if (locked) {
    const message = "the file is a lock file: a program keeps it while the workbook is open";
    const hint = `name the workbook itself: ${showValue(locked[1] ?? locked[2] ?? "")}`;
    return diagnostic("error", "MANIFEST_FORMAT", message, hint, { file, value: name });
  }
  const kind = BY_EXTENSION[extname(name).toLowerCase()];
  return kind && refusal(file, kind);
}

/** What a file that cannot be read as its name says is by its bytes; undefined: that does not show. */
export function nameForeignBytes(file: string, bytes: Uint8Array): Diagnostic | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (startsWith(bytes, ZIP)) {
    const kind = kindOfArchive(bytes);
    return kind === XLSX && isWorkbookName(file) ? undefined : refusal(file, kind);
  }
  if (startsWith(bytes, COMPOUND_FILE)) {
    const isEncrypted = buffer.includes(Buffer.from("EncryptedPackage", "utf16le"));
    return refusal(file, isEncrypted ? LOCKED : XLS);
  }
  const text = buffer.toString("latin1", 0, 1000);
  if (/^\W{0,3}\s*<[!?a-z]/i.test(text)) return refusal(file, WEB_PAGE);
  if (text === "" || text.includes("\0") || !/[,;\t\n]/.test(text)) return undefined;
  return refusal(file, TEXT);
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function kindOfArchive(bytes: Uint8Array): Kind {
  const names: string[] = [];
  try {
    for (const { name } of readZip(bytes)) names.push(name);
  } catch {
    // What is cut off is a zip archive, too.
  }
  const found = IN_ARCHIVE.find(([pattern]) => names.some((name) => pattern.test(name)));
  return found?.[1] ?? ZIP_FILE;
}
