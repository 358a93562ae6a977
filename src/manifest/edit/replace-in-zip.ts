import { crc32, deflateRawSync } from "node:zlib";
import { readZip, type ZipEntry } from "../unzip.ts";

const LOCAL = 0x04034b50;
const END = 0x06054b50;
const DEFLATED = 8;
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
