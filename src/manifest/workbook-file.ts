import { isAscii } from "node:buffer";
import { decodeText, isEncoding } from "./text-encoding.ts";
import { isTrue, readXml, unescapeCellText } from "./xml.ts";
import { readZip } from "./zip.ts";

/** Bytes that the parts of a workbook may have in all when unpacked, whatever their packed size is. */
const MAX_UNPACKED_BYTES = 268_435_456;

/** Bytes of one sheet, of the shared texts or of any other part that is read. */
const MAX_PART_BYTES = 134_217_728;

/** Where the list of sheets is if the package does not say (ECMA-376 part 2, 9.3). */
const WORKBOOK = "xl/workbook.xml";

/** A sheet as the workbook lists it. */
export interface SheetEntry {
  name: string;
  /** The name of its part in the archive, e.g. `xl/worksheets/sheet1.xml`; empty: it is missing. */
  part: string;
  isHidden: boolean;
}

/** An .xlsx file (ECMA-376 part 1): each part is a file of the zip archive. */
export interface WorkbookFile {
  /** In the order of the archive, by the names they have there. */
  files: Readonly<Record<string, Uint8Array>>;
  sheets: readonly SheetEntry[];
  /** Whether days are counted from 1904 on (ECMA-376 part 1, 18.2.28). */
  date1904: boolean;
  /** Whether the formulas' stored values are not what people see: they are computed when the workbook is opened. */
  isUncomputed: boolean;
  /** Names of the parts with the cell styles and the shared texts; empty: there are none. */
  styles: string;
  sharedStrings: string;
}

/** Opens a workbook within bounds: an archive's claims are held to, nothing beyond them is unpacked. */
export function openWorkbook(bytes: Uint8Array): WorkbookFile | "not-a-workbook" | "too-large" {
  let unpackedBytes = 0;
  try {
    const parts: [string, Uint8Array][] = [];
    for (const { name, sizeBytes, read } of readZip(bytes)) {
      unpackedBytes += sizeBytes;
      const isTooLarge = unpackedBytes > MAX_UNPACKED_BYTES || sizeBytes > MAX_PART_BYTES;
      if (isTooLarge) return "too-large";
      parts.push([name, read()]);
    }
    const files = Object.fromEntries(parts);
    const workbook = readWorkbook(files);
    return workbook.sheets.length > 0 ? workbook : "not-a-workbook";
  } catch {
    // Every way in which an archive or its list of sheets is refused comes to the same for the user.
    return "not-a-workbook";
  }
}

/** What a part is related to: the names of other parts, empty where they are missing, by id and by type. */
interface Relations {
  byId: ReadonlyMap<string, string>;
  byType: ReadonlyMap<string, string>;
}

function readWorkbook(files: WorkbookFile["files"]): WorkbookFile {
  // Of two names that differ in case there is only one (ECMA-376 part 2, 6.2.2.3).
  const names = new Map(Object.keys(files).map((name) => [partName(name), name]));
  const relationsOf = (part: string): Relations => {
    const byId = new Map<string, string>();
    const byType = new Map<string, string>();
    const list = names.get(partName(part.replace(/[^/\\]*$/, "_rels/$&.rels"))) ?? "";
    readXml(textOfPart(files, list), {
      open: ({ name, attributes: { Id = "", Type = "", Target = "" } }) => {
        if (name !== "Relationship") return;
        const target = names.get(partName(Target, part)) ?? "";
        byId.set(Id, target);
        byType.set(Type.slice(Type.lastIndexOf("/") + 1), target);
      },
    });
    return { byId, byType };
  };
  const list = relationsOf("").byType.get("officeDocument") || names.get(WORKBOOK) || "";
  const { byId: targets, byType } = relationsOf(list);
  const sheets: SheetEntry[] = [];
  let [date1904, isUncomputed] = [false, false];
  readXml(textOfPart(files, list), {
    open: ({ name: element, attributes }) => {
      const { name, id, state } = attributes;
      if (element === "workbookPr") date1904 = isTrue(attributes.date1904);
      if (element === "calcPr") isUncomputed = isTrue(attributes.fullCalcOnLoad);
      const part = targets.get(id ?? "");
      if (element !== "sheet" || name === undefined || part === undefined) return;
      sheets.push({ name, part, isHidden: state === "hidden" || state === "veryHidden" });
    },
  });
  return {
    files,
    sheets,
    date1904,
    isUncomputed,
    styles: byType.get("styles") ?? "",
    sharedStrings: byType.get("sharedStrings") ?? "",
  };
}

/**
 * A part's name as other parts write it, in lower case: some programs write backslashes, or paths up from where they
 * are.
 */
function partName(path: string, base = ""): string {
  const from = base.replaceAll("%", "%25").replaceAll("\\", "/");
  const { pathname } = new URL(path.replaceAll("%", "%25"), `file:///${from}`);
  return decodeURIComponent(pathname).slice(1).toLowerCase();
}

/** The text of a part by its name in the archive, its lines ended as XML's are; empty where there is none. */
export function textOfPart(files: WorkbookFile["files"], name: string): string {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  if (!bytes) return "";
  const text = decodeXml(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** A part with another text, as UTF-8, whatever it was in: it no longer says that it is anything else. */
export function encodePart(xml: string): Uint8Array {
  return Buffer.from(xml.replace(/^(<\?xml[^>]*?)\s+encoding=(?:"[^"]*"|'[^']*')/, "$1"));
}

/** By a mark, by the zeros between the letters of UTF-16, or by what the text says of itself (XML 1.0, appendix F). */
function decodeXml(bytes: Buffer): string {
  const head = bytes.toString("latin1", 0, 200);
  const declared = /^<\?xml[^>]*?\sencoding=["']([\w.-]+)/.exec(head)?.[1] ?? "";
  const unmarked = ({ "\0<": "utf-16be", "<\0": "utf-16le" } as const)[head.slice(0, 2)];
  // One byte a character takes half the room and a tenth of the time.
  if (unmarked === undefined && isAscii(bytes)) return bytes.toString("latin1");
  const text = decodeText(bytes, unmarked ?? (isEncoding(declared) ? declared : undefined));
  return "message" in text ? bytes.toString("utf8") : text.utf8.toString("utf8");
}

/** What was read last: whoever edits a workbook reads it over and over, and edits leave this part as it is. */
let lastStrings: { bytes: Uint8Array; strings: string[] } | undefined;

/** The shared texts of a workbook, by their index (ECMA-376 part 1, 18.4.9). */
export function readSharedStrings({ files, sharedStrings }: WorkbookFile): string[] {
  const bytes = Object.hasOwn(files, sharedStrings) ? files[sharedStrings] : undefined;
  if (!bytes) return [];
  if (lastStrings && Buffer.compare(lastStrings.bytes, bytes) === 0) return lastStrings.strings;
  const strings = readStrings(textOfPart(files, sharedStrings));
  lastStrings = { bytes, strings };
  return strings;
}

function readStrings(xml: string): string[] {
  const strings: string[] = [];
  const reader = new TextReader();
  readXml(xml, {
    open: ({ name }) => reader.open(name),
    close: (name, text) => {
      reader.close(name, text);
      if (name === "si") strings.push(unescapeCellText(reader.text));
    },
  });
  return strings;
}

/** Puts a rich text together; how East Asian text is spoken is left out (ECMA-376 part 1, 18.4.6 rPh). */
export class TextReader {
  text = "";
  #isSpoken = false;

  open(name: string): void {
    if (name === "si" || name === "is") this.text = "";
    if (name === "rPh") this.#isSpoken = true;
  }

  close(name: string, text: string): void {
    if (name === "rPh") this.#isSpoken = false;
    if (name === "t" && !this.#isSpoken) this.text += text;
  }
}

/** A sheet's text without rows that hold nothing: where columns are formatted as a whole there may be a million. */
export function filledRows(xml: string, most = Number.POSITIVE_INFINITY): string {
  const end = xml.lastIndexOf("</", xml.lastIndexOf("sheetData>"));
  const prefix = /^<\/([\w.-]+:)?sheetData/.exec(xml.slice(end, end + 100))?.[1] ?? "";
  const [open, close] = [`<${prefix}row`, `</${prefix}row>`];
  // In comments and CDATA may be whatever there likes to be, and a row without a number follows the one before.
  if (end === -1 || xml.includes("<!") || new RegExp(`${open}(?![^<>]*\\sr=)`).test(xml))
    return xml;
  let from = xml.indexOf(open);
  const pieces = [xml.slice(0, from)];
  const marks = [`</${prefix}v`, `</${prefix}is`, `<${prefix}f`].map((text) => ({ text, at: -1 }));
  for (let count = 0; count < most; count += 1) {
    for (const mark of marks) {
      if (mark.at < from) mark.at = nextOf(xml, mark.text, from);
    }
    const at = Math.min(...marks.map((mark) => mark.at));
    if (at > end) break;
    const stop = nextOf(xml, close, at) + close.length;
    pieces.push(xml.slice(xml.lastIndexOf(open, at), stop));
    from = stop;
  }
  return pieces.join("") + xml.slice(end);
}

function nextOf(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
}
