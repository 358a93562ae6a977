import { createHash } from "node:crypto";
import { CONTENT_TYPES } from "../manifest/image.ts";
import type { KnownImage } from "../manifest/known-image.ts";

/** To be raised when qgfx refuses a picture that it took before: what was noted of it then counts no more. */
const RULES = "1\n";

/** Hexadecimal digits of the digest in front, and the line break behind it. */
export const DIGEST_LENGTH = 65;

/** Columns are read twice as fast as rows. */
type Columns = readonly (readonly unknown[])[];

/** A part of what is known, as the ledger keeps it: the digest of rules and rest, a line break, columns as JSON. */
export function formatPart(known: readonly KnownImage[]): string {
  const columns: Columns = [
    known.map(({ path }) => path),
    known.map(({ image }) => image.contentType),
    known.map(({ image }) => image.sizeBytes),
    known.map(({ image }) => image.sha256),
    known.map(({ image }) => image.widthPx),
    known.map(({ image }) => image.heightPx),
    known.map(({ stamp }) => stamp.mtimeMs),
    known.map(({ stamp }) => stamp.ctimeMs),
    known.map(({ stamp }) => stamp.inode),
  ];
  const text = JSON.stringify(columns);
  return `${digestOf(text)}\n${text}`;
}

/** Reads a part back; nothing of one that is not exactly as it was written. */
export function* parsePart(bytes: Buffer): Generator<KnownImage> {
  const content = bytes.subarray(DIGEST_LENGTH);
  if (`${digestOf(content)}\n` !== bytes.toString("latin1", 0, DIGEST_LENGTH)) return;
  const columns = parseColumns(content.toString("utf8"));
  const [paths = [], types = [], sizes = [], digests = [], widths = [], heights = []] = columns;
  const [mtimes = [], ctimes = [], inodes = []] = columns.slice(6);
  for (const [index, path] of paths.entries()) {
    const contentType = CONTENT_TYPES.find((type) => type === types[index]);
    if (contentType === undefined) continue;
    yield {
      path: String(path),
      image: {
        contentType,
        sizeBytes: Number(sizes[index]),
        sha256: String(digests[index]),
        widthPx: Number(widths[index]),
        heightPx: Number(heights[index]),
      },
      stamp: {
        mtimeMs: Number(mtimes[index]),
        ctimeMs: Number(ctimes[index]),
        inode: Number(inodes[index]),
      },
    };
  }
}

function digestOf(content: string | Buffer): string {
  return createHash("sha256").update(RULES).update(content).digest("hex");
}

function parseColumns(text: string): Columns {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map((column) => (Array.isArray(column) ? column : [])) : [];
  } catch {
    return [];
  }
}
