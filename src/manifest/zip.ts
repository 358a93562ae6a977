import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";

/** A file of a zip archive, as its list of files tells of it. */
interface ZipEntry {
  name: string;
  /** The larger of what it takes in the archive and what it claims to be unpacked. */
  sizeBytes: number;
  /** Unpacks it; throws where it is longer than it claims. */
  read(): Uint8Array;
  /** What it takes in the archive. */
  packed(): Uint8Array;
  /** As it claims. */
  unpackedBytes: number;
  /** Of the list: what it says of the file before its name, and the name. */
  record: Uint8Array;
  nameBytes: Uint8Array;
}

const LOCAL = 0x04034b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const ENTRY = 0x02014b50;
const IN_EXTRA = 0xffffffff;
const LONGEST_COMMENT = 65_535;
const DEFLATED = 8;

/** The files that an archive lists (PKWARE's APPNOTE, 4.3 and 4.5.3), none unpacked; throws where there is no list. */
export function* readZip(archive: Uint8Array): Generator<ZipEntry, undefined> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.length);
  let { count, at } = findList(bytes);
  for (; count > 0; count -= 1) {
    if (bytes.readUInt32LE(at) !== ENTRY) throw new RangeError("the list of files is damaged");
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    const extraEnd = nameEnd + bytes.readUInt16LE(at + 30);
    const sizes = sizesOf(bytes, at, bytes.subarray(nameEnd, extraEnd));
    const isUtf8 = (bytes.readUInt16LE(at + 8) & 0x800) !== 0;
    const method = bytes.readUInt16LE(at + 10);
    yield {
      name: bytes.toString(isUtf8 ? "utf8" : "latin1", at + 46, nameEnd),
      sizeBytes: Math.max(sizes.packed, sizes.unpacked),
      read: () => unpack(bytes, method, sizes),
      packed: () => packedIn(bytes, sizes),
      unpackedBytes: sizes.unpacked,
      record: bytes.subarray(at, at + 46),
      nameBytes: bytes.subarray(at + 46, nameEnd),
    };
    at = extraEnd + bytes.readUInt16LE(at + 32);
  }
}

function findList(bytes: Buffer): { count: number; at: number } {
  let end = bytes.length - 22;
  const first = Math.max(0, end - LONGEST_COMMENT);
  while (end > first && bytes.readUInt32LE(end) !== END) end -= 1;
  if (bytes.readUInt32LE(end) !== END) throw new RangeError("not a zip archive");
  const end64 = end >= 20 ? longAt(bytes, end - 12) : 0;
  const is64 = end64 + 56 <= end && bytes.readUInt32LE(end64) === END_64;
  if (is64) return { count: longAt(bytes, end64 + 32), at: longAt(bytes, end64 + 48) };
  return { count: bytes.readUInt16LE(end + 10), at: bytes.readUInt32LE(end + 16) };
}

interface Sizes {
  packed: number;
  unpacked: number;
  /** Where the file begins in the archive. */
  offset: number;
}

/** What does not fit into 32 bits is in the extra field, in this order. */
function sizesOf(bytes: Buffer, at: number, extra: Buffer): Sizes {
  const long = extraOf(extra);
  const next = (short: number) => (short === IN_EXTRA ? (long.shift() ?? short) : short);
  const unpacked = next(bytes.readUInt32LE(at + 24));
  const packed = next(bytes.readUInt32LE(at + 20));
  return { unpacked, packed, offset: next(bytes.readUInt32LE(at + 42)) };
}

function extraOf(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const fields = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    return Array.from({ length: fields.length >> 3 }, (_, index) => longAt(fields, index * 8));
  }
  return [];
}

function longAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function packedIn(bytes: Buffer, { packed, offset }: Sizes): Buffer {
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  return bytes.subarray(start, start + packed);
}

function unpack(bytes: Buffer, method: number, sizes: Sizes): Uint8Array {
  const data = packedIn(bytes, sizes);
  const { unpacked } = sizes;
  if (method === 0) return data;
  if (method !== DEFLATED) throw new RangeError(`compression ${method} is not supported`);
  // One chunk: no second copy.
  return inflateRawSync(data, {
    maxOutputLength: Math.max(1, unpacked),
    chunkSize: Math.max(64, unpacked + 1),
  });
}

/** The sizes of a file stand behind it: not here, where they are known. */
const SIZES_BEHIND = 0x8;
/** Half the time of the usual level, and a twentieth more bytes. */
const LEVEL = 4;

/**
 * An archive with another content for one of its files (PKWARE's APPNOTE, 4.3); what all others are packed to stays as it
 * is, byte for byte. Comments and extra fields, as of times in other forms, are left out.
 */
export function replaceInZip(archive: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const files: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let offset = 0;
  for (const entry of readZip(archive)) {
    const packed = entry.name === name ? deflateRawSync(content, { level: LEVEL }) : entry.packed();
    const record = Buffer.from(entry.record);
    record.writeUInt16LE(record.readUInt16LE(8) & ~SIZES_BEHIND, 8);
    record.writeUInt32LE(packed.length, 20);
    record.writeUInt32LE(entry.name === name ? content.length : entry.unpackedBytes, 24);
    if (entry.name === name) {
      record.writeUInt16LE(DEFLATED, 10);
      record.writeUInt32LE(crc32(content), 16);
    }
    record.writeUInt32LE(0, 30);
    record.writeUInt32LE(offset, 42);
    const local = localHeader(record, entry);
    files.push(local, packed);
    list.push(record, entry.nameBytes);
    offset += local.length + packed.length;
  }
  const listed = Buffer.concat(list);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(list.length / 2, 8);
  end.writeUInt16LE(list.length / 2, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}

/** What stands before a file's bytes: what the list says of it. */
function localHeader(record: Buffer, { nameBytes }: ZipEntry): Buffer {
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(LOCAL, 0);
  // Version, flags, method, time, date, checksum, sizes and the name's length have the same order in both.
  record.copy(fixed, 4, 6, 30);
  return Buffer.concat([fixed, nameBytes]);
}
