import { randomFillSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

/** A PNG of exactly `sizeBytes`, unlike any other: one pixel, and noise in a chunk that nobody draws. */
export function png(sizeBytes) {
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const header = chunk("IHDR", Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]));
  const pixel = chunk("IDAT", deflateSync(Buffer.alloc(4)));
  const end = chunk("IEND", Buffer.alloc(0));
  const known = signature.length + header.length + pixel.length + end.length + 12;
  const noise = chunk("noIs", randomFillSync(Buffer.alloc(sizeBytes - known)));
  return Buffer.concat([signature, header, noise, pixel, end]);
}

// Node 20.15 and 22.2 brought zlib.crc32; qgfx needs 20.19 anyway.
function chunk(type, data) {
  const framed = Buffer.alloc(data.length + 12);
  framed.writeUInt32BE(data.length, 0);
  framed.write(type, 4, "latin1");
  data.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, data.length + 8)), data.length + 8);
  return framed;
}

/** Makes `count` pictures under `dir`, 100 folders at most; gives their paths relative to `dir`. */
export function makePictures(dir, count, sizeBytes) {
  const paths = Array.from({ length: count }, (_, index) => `pics/${index % 100}/p${index}.png`);
  for (let folder = 0; folder < Math.min(100, count); folder += 1) {
    mkdirSync(join(dir, `pics/${folder}`), { recursive: true });
  }
  for (const path of paths) writeFileSync(join(dir, path), png(sizeBytes));
  return paths;
}

/** Writes a manifest of `rows` rows over the pictures there are, each row with a name of its own. */
export function writeManifest(file, paths, rows = paths.length) {
  const lines = Array.from(
    { length: rows },
    (_, index) => `${paths[index % paths.length]},picture ${index}.png,Folder ${index % 50}`,
  );
  writeFileSync(file, `path,name,folder\n${lines.join("\n")}\n`);
}
