import { crc32 } from "node:zlib";

const COMMENT = Buffer.from("re-encoded by the sandbox", "latin1");

/** A picture of two pixels by three, unlike any that anybody sends. */
const OTHER = Buffer.from("R0lGODlhAgADAIAAAP8AAAAA/yH5BAAAAAAALAAAAAACAAMAAAIChFwAOw==", "base64");

/** Signature (PNG, third edition §5.2) and the IHDR chunk, which is always the first and of one size. */
const PNG_HEADER_BYTES = 8 + 25;
/** GIF89a, sections 17 and 18. */
const GIF_HEADER_BYTES = 13;

/** The bytes a library that does not keep them as sent may hold: the same picture written anew, or another. */
export function alterPicture(how: "re-encode" | "other", bytes: Buffer): Buffer {
  if (how === "other") return OTHER;
  if (bytes[0] === 0x89) return insert(bytes, PNG_HEADER_BYTES, pngText());
  if (bytes[0] === 0xff) return insert(bytes, 2, jpegComment());
  return insert(bytes, gifHeaderBytes(bytes), gifComment());
}

function insert(bytes: Buffer, at: number, added: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
}

function pngText(): Buffer {
  const body = Buffer.concat([Buffer.from("tEXtComment\0", "latin1"), COMMENT]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(body.length - 4, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function jpegComment(): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, COMMENT.length + 2]);
  return Buffer.concat([head, COMMENT]);
}

function gifComment(): Buffer {
  const head = Buffer.from([0x21, 0xfe, COMMENT.length]);
  return Buffer.concat([head, COMMENT, Buffer.from([0])]);
}

/** The header and the global colour table, where its flag says that there is one. */
function gifHeaderBytes(bytes: Buffer): number {
  const flags = bytes[10] ?? 0;
  return GIF_HEADER_BYTES + (flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0);
}
