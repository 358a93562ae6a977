import { unzipSync } from "fflate";
import { attributeOf, type XmlTag, xmlTags } from "./xml-tags.ts";

/** Bytes that the parts of a workbook may have in all when unpacked, whatever their packed size is. */
const MAX_UNPACKED_BYTES = 268_435_456;

/** Bytes of one sheet, of the shared texts or of any other part that is read. */
const MAX_PART_BYTES = 134_217_728;

const RELATIONSHIPS = "xl/_rels/workbook.xml.rels";

/** Why bytes are no workbook that can be read. */
export type BadWorkbook = { reason: "not-a-workbook" } | { reason: "too-large" };

/** A sheet as the workbook lists it. */
export interface SheetEntry {
  name: string;
  /** Its part, e.g. `xl/worksheets/sheet1.xml`. */
  part: string;
}

/** The parts of an .xlsx file (ECMA-376 part 1): each a file of the zip archive. */
export class WorkbookParts {
  /** In the order of the archive. */
  readonly files: Record<string, Uint8Array>;
  readonly sheets: readonly SheetEntry[];
  /** Whether days are counted from 1904 on (ECMA-376 part 1, 18.2.28). */
  readonly date1904: boolean;

  constructor(files: Record<string, Uint8Array>) {
    this.files = files;
    const targets = readTargets(this.text(RELATIONSHIPS));
    const tags = [...xmlTags(this.text("xl/workbook.xml"))];
    this.sheets = tags.flatMap((tag) => sheetEntry(tag, targets));
    const properties = tags.find(({ name }) => name === "workbookPr");
    const epoch = properties && attributeOf(properties, "date1904");
    this.date1904 = epoch === "1" || epoch === "true";
  }

  /** The text of a part; empty where there is none. */
  text(part: string): string {
    const bytes = this.files[part];
    return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8") : "";
  }
}

/** Unpacks a workbook within bounds: an archive's claims are held to, nothing beyond them is unpacked. */
export function unpackWorkbook(bytes: Uint8Array): WorkbookParts | BadWorkbook {
  let unpackedBytes = 0;
  let isTooLarge = false;
  try {
    const files = unzipSync(bytes, {
      filter: ({ originalSize }) => {
        unpackedBytes += originalSize;
        isTooLarge ||= unpackedBytes > MAX_UNPACKED_BYTES || originalSize > MAX_PART_BYTES;
        return !isTooLarge;
      },
    });
    if (isTooLarge) return { reason: "too-large" };
    const parts = new WorkbookParts(files);
    return parts.sheets.length > 0 ? parts : { reason: "not-a-workbook" };
  } catch {
    // Every way in which fflate refuses an archive comes to the same for the user.
    return { reason: "not-a-workbook" };
  }
}

function readTargets(xml: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const tag of xmlTags(xml)) {
    const id = attributeOf(tag, "Id");
    const target = attributeOf(tag, "Target");
    if (id === undefined || target === undefined) continue;
    targets.set(id, target.startsWith("/") ? target.slice(1) : `xl/${target}`);
  }
  return targets;
}

function sheetEntry(tag: XmlTag, targets: ReadonlyMap<string, string>): SheetEntry[] {
  if (tag.name !== "sheet") return [];
  const name = attributeOf(tag, "name");
  const id = attributeOf(tag, "(?:\\w+:)id");
  const part = id === undefined ? undefined : targets.get(id);
  return name === undefined || part === undefined ? [] : [{ name, part }];
}
