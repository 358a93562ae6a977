import { type Answer, assumedError, MAX_GRAPHIC_BYTES, recordedError } from "./answer.ts";
import type { CheckedFaultScript } from "./fault-script.ts";
import { decodeText, type Part, readParameters, readParts } from "./multipart.ts";
import { GRAPHIC_TYPES } from "./store.ts";

/** What an upload that the service would take asks for. */
export interface ReceivedGraphic {
  /** The file part's filename, extension and all. */
  name: string;
  folder: string;
  /** As declared, without parameters; the bytes are not asked (qualtrics-api: Upload). */
  contentType: string;
  bytes: Buffer;
}

/** How one part was taken, in words for a person. */
export interface PartNote {
  /** The part's name; null where it has none. */
  part: string | null;
  understood: string;
}

/** Either a graphic or the answer that refuses it, and how each part was taken. */
type Understanding = { notes: PartNote[] } & ({ graphic: ReceivedGraphic } | { refusal: Answer });

type Ways = Pick<CheckedFaultScript, "nameQuotes" | "moreTypes" | "maxBytes">;

/** Where a graphic lands without a folder field (qualtrics-api: "None or ignored"). */
const NO_FOLDER = "Uncategorized";

/** Reads one upload's body as the service is known to, or assumed to. */
export function understandUpload(contentType: string, body: Buffer, ways: Ways): Understanding {
  if (!/^multipart\/form-data[ \t]*(;|$)/i.test(contentType)) {
    return { notes: [], refusal: assumedError("ASSUMED_NOT_MULTIPART", `got '${contentType}'`) };
  }
  const boundary = readParameters(contentType).get("boundary");
  const parts = boundary ? readParts(body, boundary, ways.nameQuotes) : undefined;
  if (parts === undefined)
    return { notes: [], refusal: assumedError("ASSUMED_MALFORMED_MULTIPART") };
  const notes = parts.map(notePart);
  const file = acceptFile(parts, ways);
  if ("refusal" in file) return { notes, refusal: file.refusal };
  return { notes, graphic: { ...file, folder: readFolder(parts) } };
}

/** The file part, or the first thing wrong with it (MFDP_3 goes by the part's name alone, so it comes first). */
function acceptFile(
  parts: readonly Part[],
  { moreTypes = [], maxBytes = MAX_GRAPHIC_BYTES }: Ways,
): Omit<ReceivedGraphic, "folder"> | { refusal: Answer } {
  const file = parts.find((part) => part.name === "file");
  if (file === undefined) {
    const isRemote = parts.some((part) => part.name === "fileUrl");
    return { refusal: assumedError(isRemote ? "ASSUMED_REMOTE_UPLOAD" : "ASSUMED_MISSING_FILE") };
  }
  if (file.contentType === undefined) return { refusal: recordedError("missing-content-type") };
  if (!file.filename) return { refusal: assumedError("ASSUMED_MISSING_FILENAME") };
  const contentType = essence(file.contentType);
  if (![...GRAPHIC_TYPES, ...moreTypes].includes(contentType)) {
    return { refusal: assumedError("ASSUMED_BAD_TYPE", `got '${contentType}'`) };
  }
  if (file.bytes.length > maxBytes) {
    return { refusal: assumedError("ASSUMED_TOO_LARGE", `got ${file.bytes.length}`) };
  }
  return { name: file.filename, contentType, bytes: file.bytes };
}

function readFolder(parts: readonly Part[]): string {
  const folder = parts.find(isFolderField);
  return (folder && decodeText(folder.bytes)) || NO_FOLDER;
}

/** A folder sent with a filename is a file part, which the service ignores (qualtrics-api: seed thread, 1). */
function isFolderField(part: Part): boolean {
  return part.name === "folder" && part.filename === undefined;
}

/** `Image/PNG; q=1` → `image/png`. */
function essence(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

function notePart(part: Part, index: number, parts: readonly Part[]): PartNote {
  const isRepeated = parts.findIndex((other) => sameField(other, part)) < index;
  const understood = isRepeated ? "came again: ignored (assumed)" : describe(part);
  return { part: part.name === undefined ? null : shorten(part.name), understood };
}

/** Whether the second is a repeat of the first; a folder field does not repeat a folder file part. */
function sameField(left: Part, right: Part): boolean {
  if (left.name !== right.name) return false;
  return left.name === "file" || isFolderField(left) === isFolderField(right);
}

function describe(part: Part): string {
  if (part.name === "file") return describeFile(part);
  if (part.name === "folder") return describeFolder(part);
  if (part.filename !== undefined) return "a file part of another name: ignored (assumed)";
  return "a field the upload of a local file does not read: ignored";
}

function describeFile(part: Part): string {
  if (part.contentType === undefined) {
    return "file came without a Content-Type of its own: refused, as the real service does";
  }
  if (!part.filename) return "file came without a filename: refused (assumed)";
  return `the image '${shorten(part.filename)}', declared as ${shorten(essence(part.contentType))}${noteQuotes(part.filename)}`;
}

/** What a name still holds of either way to write a quote was not undone. */
function noteQuotes(filename: string): string {
  if (/%(22|0[AD])/.test(filename)) return "; its percent signs are kept as they stand (assumed)";
  return filename.includes("\\") ? "; its backslashes are kept as they stand (assumed)" : "";
}

function describeFolder(part: Part): string {
  if (part.filename !== undefined) {
    return "folder came as a file part: ignored, as the real service does";
  }
  const folder = decodeText(part.bytes);
  return folder === "" ? `empty: ${NO_FOLDER} (assumed)` : `the folder '${shorten(folder)}'`;
}

/** Notes are kept in memory by the thousand. */
function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
