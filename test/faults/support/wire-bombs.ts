import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { GIF, png } from "../../support/pictures.ts";

/** A file that would cost whoever reads it naively, and the error it must get instead. */
export interface Bomb {
  name: string;
  /** Writes it into the folder; gives the manifest's name. */
  make(dir: string): string;
  /** One of the codes that are shown, and whether it says the line; undefined: there is nothing wrong. */
  code: string | undefined;
  isLocated: boolean;
  options?: readonly string[];
}

const MB = 1024 * 1024;

function csv(name: string, code: string, parts: (write: (text: string) => void) => void): Bomb {
  return { name, code, isLocated: true, make: (dir) => writeParts(dir, "bomb.csv", parts) };
}

function yaml(name: string, code: string, parts: (write: (text: string) => void) => void): Bomb {
  return { name, code, isLocated: true, make: (dir) => writeParts(dir, "bomb.yaml", parts) };
}

function writeParts(
  dir: string,
  name: string,
  parts: (write: (text: string) => void) => void,
): string {
  const descriptor = openSync(join(dir, name), "w");
  parts((text) => void writeSync(descriptor, text));
  closeSync(descriptor);
  writeFileSync(join(dir, "a.png"), png(1));
  return name;
}

function repeat(write: (text: string) => void, part: string, totalBytes: number): void {
  const block = part.repeat(Math.max(1, Math.floor(MB / part.length)));
  for (let written = 0; written < totalBytes; written += block.length) write(block);
}

/** One picture of these bytes, in a manifest that is in order. */
function picture(name: string, code: string, bytes: () => Buffer): Bomb {
  return {
    name,
    code,
    isLocated: true,
    make: (dir) => {
      writeFileSync(join(dir, "bomb.csv"), "path,folder\nbomb.png,F\n");
      writeFileSync(join(dir, "bomb.png"), bytes());
      return "bomb.csv";
    },
    // As large a picture as may be asked for.
    options: ["--max-size", "128"],
  };
}

/** A workbook of these parts; each is stored, or says itself what it is. */
function xlsx(name: string, code: string, parts: () => Part[]): Bomb {
  const make = (dir: string) => {
    writeFileSync(join(dir, "bomb.xlsx"), zipOf(parts()));
    return "bomb.xlsx";
  };
  return { name, code, isLocated: false, make };
}

interface Part {
  name: string;
  bytes: Buffer;
  /** What the archive's list says it has unpacked, where it is deflated. */
  claims?: number;
  /** Listed once more under so many names. */
  names?: number;
}

function zipOf(parts: readonly Part[]): Buffer {
  const bodies: Buffer[] = [];
  const list: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, claims, names = 1 } of parts) {
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    bodies.push(head, bytes);
    for (let copy = 0; copy < names; copy += 1) {
      const path = Buffer.from(copy === 0 ? name : `${name}-${copy}`);
      const entry = Buffer.alloc(46);
      entry.writeUInt32LE(0x02014b50, 0);
      entry.writeUInt16LE(claims === undefined ? 0 : 8, 10);
      entry.writeUInt32LE(bytes.length, 20);
      entry.writeUInt32LE(claims ?? (copy === 0 ? bytes.length : 0), 24);
      entry.writeUInt16LE(path.length, 28);
      entry.writeUInt32LE(offset, 42);
      list.push(entry, path);
    }
    offset += head.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(list.length / 2, 8);
  end.writeUInt16LE(list.length / 2, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...list, end]);
}

/** The parts of a workbook beside its first sheet. */
function around(sheets: string): Part[] {
  const target = '<Relationship Id="r" Target="worksheets/sheet1.xml"/>';
  return [
    {
      name: "xl/workbook.xml",
      bytes: Buffer.from(`<workbook><sheets>${sheets}</sheets></workbook>`),
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      bytes: Buffer.from(`<Relationships>${target}</Relationships>`),
    },
  ];
}

const SHEET = "xl/worksheets/sheet1.xml";

function withHeader(...headers: string[]): Part {
  const cells = headers.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`);
  const rows = `<row>${cells.join("")}</row>`;
  return {
    name: SHEET,
    bytes: Buffer.from(`<worksheet><sheetData>${rows}</sheetData></worksheet>`),
  };
}

function sheetNames(count: number): string {
  return Array.from({ length: count }, (_, one) => `<sheet name="S${one}" r:id="r"/>`).join("");
}

const GIF_HEAD = GIF.subarray(0, 13);
const PNG_HEAD = png(1).subarray(0, 33);
const JPEG_HEAD = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x04, 0x4a, 0x46]);

/** One table, a frame of one pixel, and the beginning of its scan. */
const JPEG_SCAN = Buffer.concat([
  Buffer.from([0xff, 0xdb, 0x00, 0x43, 0x00]),
  Buffer.alloc(64, 1),
  Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]),
  Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]),
]);

/** Many times the same block behind a picture's head. */
function endless(head: Buffer, block: Buffer): Buffer {
  const size = 100 * MB;
  const bytes = Buffer.alloc(size);
  head.copy(bytes);
  bytes.fill(block, head.length);
  return bytes;
}

function claiming(width: number, height: number): Buffer {
  const bytes = Buffer.from(png(1));
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

const EMPTY_CHUNK = Buffer.from("00000000744558749642c585", "hex");

/** Issue by issue what a hostile folder may hold. */
export const BOMBS: readonly Bomb[] = [
  yaml("YAML, 100,000 brackets deep", "YAML_UNSUPPORTED", (write) => write("[".repeat(100_000))),
  yaml("YAML, 100,000 maps deep in flow", "YAML_UNSUPPORTED", (write) =>
    write("{a: ".repeat(100_000)),
  ),
  yaml("YAML, 2,000 levels of indentation", "YAML_UNSUPPORTED", (write) => {
    for (let level = 0; level < 2_000; level += 1) write(`${" ".repeat(level)}a:\n`);
  }),
  yaml("YAML, 100,000 dashes in a line", "YAML_UNSUPPORTED", (write) =>
    write("- ".repeat(100_000)),
  ),
  yaml("YAML, 100,000 question marks in a line", "YAML_UNSUPPORTED", (write) =>
    write("? ".repeat(100_000)),
  ),
  yaml("YAML, a billion laughs", "YAML_UNSUPPORTED", (write) => {
    write("version: 1\na: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (let step = 0; step < 12; step += 1) {
      const [from, to] = [String.fromCharCode(97 + step), String.fromCharCode(98 + step)];
      write(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(", ")}]\n`);
    }
    write("graphics: *m\n");
  }),
  yaml("YAML, 200,000 aliases", "YAML_UNSUPPORTED", (write) => {
    write("version: 1\ngraphics: [{path: &a a.png}");
    write(", *a".repeat(200_000));
    write("]\n");
  }),
  yaml("YAML, a scalar of 5 MB", "FORBIDDEN_CHARACTER", (write) => {
    write('version: 1\ngraphics:\n  - path: "');
    write("a\\t".repeat(1_700_000));
    write('"\n');
  }),
  {
    ...yaml("YAML, 100 MB", "MANIFEST_TOO_LARGE", (write) => {
      write("version: 1\ngraphics:\n");
      repeat(write, "  - path: a.png\n", 100 * MB);
    }),
    isLocated: false,
  },
  yaml("YAML, 5 MB of brackets", "YAML_SYNTAX", (write) => write("[],".repeat(1_700_000))),
  yaml("YAML, 50,000 unknown keys", "KEY_UNKNOWN", (write) => {
    write("version: 1\ngraphics:\n  - path: a.png\n");
    for (let key = 0; key < 50_000; key += 1) write(`    k${key}: 1\n`);
  }),
  csv("CSV, a cell of 100 MB", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder,notes\na.png,F,");
    repeat(write, "x", 100 * MB);
    write("\n");
  }),
  csv("CSV, a header of 100 MB", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder,");
    repeat(write, "x", 100 * MB);
    write("\na.png,F,\n");
  }),
  csv("CSV, a quote not closed in 100 MB", "QUOTE_IN_CELL", (write) => {
    write('path,folder\na.png,F\n"a.png,F\n');
    repeat(write, `a.png,${"F".repeat(200)}\n`, 100 * MB);
  }),
  csv("CSV, a quote in each of a million lines", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder\n");
    repeat(write, 'a"b,F\n', 6_000_000);
  }),
  csv("CSV, a header of a million columns", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder");
    write(",".repeat(1_000_000));
    write("\na.png,F\n");
  }),
  csv("CSV, 100 MB of commas", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder\n");
    repeat(write, ",", 100 * MB);
  }),
  csv("CSV, 100 MB of line breaks", "MANIFEST_TOO_LARGE", (write) => {
    write("path,folder\n");
    repeat(write, "\n", 100 * MB);
  }),
  csv("CSV, a row of a million cells", "ROW_TOO_MANY_CELLS", (write) => {
    write("path,folder\na.png,F");
    write(",".repeat(1_000_000));
    write("\n");
  }),
  csv("CSV, 100 MB of NUL", "MANIFEST_ENCODING", (write) => repeat(write, "\0", 100 * MB)),
  csv("CSV, 250,000 rows alike", "ADDRESS_DUPLICATE", (write) => {
    write("path,name,folder\n");
    for (let row = 0; row < 250; row += 1) write("a.png,Same,F\n".repeat(1_000));
  }),
  csv("CSV, 250,000 rows of a file that is not there", "FILE_NOT_FOUND", (write) => {
    write("path,name,folder\n");
    for (let row = 0; row < 250; row += 1) {
      write(Array.from({ length: 1_000 }, (_, one) => `gone.png,${row}-${one},F\n`).join(""));
    }
  }),
  csv("CSV, 50,000 files that are not there", "FILE_NOT_FOUND", (write) => {
    write("path,name,folder\n");
    for (let row = 0; row < 50_000; row += 1) write(`gone/${row}.png,${row},F\n`);
  }),
  xlsx("Excel, 500,000 sheet names, no path column", "COLUMN_MISSING", () => [
    ...around(sheetNames(500_000)),
    withHeader("x"),
  ]),
  {
    ...xlsx("Excel, a name that is none of 500,000", "SHEET_NOT_FOUND", () => [
      ...around(sheetNames(500_000)),
      withHeader("path", "folder"),
    ]),
    options: ["--sheet", "Sheet1"],
  },
  xlsx("Excel, 4 GB of blanks that claim to be 1,000 bytes", "WORKBOOK_UNREADABLE", () => {
    const block = deflateRawSync(Buffer.alloc(128 * MB, 32), { finishFlush: 2 });
    // Each block ends at a byte, without being the last.
    const bytes = Buffer.concat(Array.from({ length: 32 }, () => block));
    return [...around(sheetNames(1)), { name: SHEET, bytes, claims: 1_000 }];
  }),
  xlsx("Excel, 5 MB under 60,000 names", "MANIFEST_TOO_LARGE", () => [
    ...around(sheetNames(1)),
    withHeader("path"),
    { name: "x", bytes: Buffer.alloc(5 * MB, 32), names: 60_000 },
  ]),
  picture("PNG that claims 10^9 pixels", "FILE_TOO_MANY_PIXELS", () => claiming(100_000, 10_000)),
  picture("PNG that claims 2^31 by 2^31 pixels", "FILE_TOO_MANY_PIXELS", () =>
    claiming(0x7fffffff, 0x7fffffff),
  ),
  picture("PNG, 100 MB of empty chunks", "FILE_TRUNCATED", () => endless(PNG_HEAD, EMPTY_CHUNK)),
  picture("GIF, 100 MB of extensions", "FILE_TRUNCATED", () =>
    endless(GIF_HEAD, Buffer.from([0x21, 0xfe, 0x00])),
  ),
  // An even number of bytes behind an odd head: the last block ends where the file does.
  picture("GIF, 100 MB of blocks of one byte", "FILE_DAMAGED", () =>
    endless(Buffer.concat([GIF_HEAD, Buffer.from([0x21, 0xfe])]), Buffer.from([0x01, 0x61])),
  ),
  picture("GIF, 100 MB of padding", "FILE_TRUNCATED", () => endless(GIF_HEAD, Buffer.from([0x00]))),
  picture("JPEG, 100 MB of fill bytes", "FILE_TRUNCATED", () =>
    endless(JPEG_HEAD, Buffer.from([0xff])),
  ),
  picture("JPEG, 100 MB of empty segments", "FILE_TRUNCATED", () =>
    endless(JPEG_HEAD, Buffer.from([0xff, 0xfe, 0x00, 0x02])),
  ),
  picture("JPEG, 100 MB of restarts in a scan", "FILE_TRUNCATED", () =>
    endless(Buffer.concat([JPEG_HEAD, JPEG_SCAN]), Buffer.from([0xff, 0xd0])),
  ),
];
