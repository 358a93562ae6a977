import { hash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { BufferPool } from "../../src/files/buffer-pool.ts";
import { readPicturesTogether } from "../../src/files/read-together.ts";
import { isStill } from "../../src/files/still.ts";
import { png } from "../support/pictures.ts";

function open() {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "qgfx-together-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const root = join(base, "root");
  mkdirSync(root);
  const pictures = [png(1), png(2), png(3)];
  for (const [index, bytes] of pictures.entries()) writeFileSync(join(root, `${index}.png`), bytes);
  const files = pictures.map((bytes, index) => ({ path: `${index}.png`, bytes: bytes.length }));
  return { base, root, dirs: { base: root, root }, pictures, files };
}

it("gives each file's bytes and hash, with room around them that belongs to no other", () => {
  const { dirs, pictures, files } = open();
  const { memory, read } = readPicturesTogether(files, dirs, new BufferPool());
  for (const found of read) {
    if (!found) continue;
    const { bytes, room } = found;
    const around = bytes.byteOffset - room.beforeBytes;
    const size = room.beforeBytes + bytes.byteLength + room.afterBytes;
    const all = new Uint8Array(memory, around, size);
    all.fill(0, 0, room.beforeBytes);
    all.fill(0, room.beforeBytes + bytes.byteLength);
  }
  expect(read.map((found) => found?.sha256)).toEqual(
    pictures.map((bytes) => hash("sha256", bytes)),
  );
  expect(read.map((found) => Buffer.from(found?.bytes ?? []))).toEqual(pictures);
});

it("gives nothing for a file of another size, one that is gone, and a link out of the root", () => {
  const { base, root, dirs, files } = open();
  writeFileSync(join(root, "0.png"), png(1).subarray(1));
  rmSync(join(root, "1.png"));
  writeFileSync(join(base, "out.png"), png(3));
  rmSync(join(root, "2.png"));
  symlinkSync(join(base, "out.png"), join(root, "2.png"));
  const outside = { path: "../out.png", bytes: png(3).length };
  const { read } = readPicturesTogether([...files, outside], dirs, new BufferPool());
  expect(read).toEqual([undefined, undefined, undefined, undefined]);
});

it("knows a file that was written since, with the same size and its time put back", () => {
  const { root, dirs, files } = open();
  const limits = { baseDir: root, rootDir: root, maxBytes: 1e6 };
  const [first] = readPicturesTogether(files, dirs, new BufferPool()).read;
  if (!first) throw new Error("nothing was read");
  expect(isStill("0.png", limits, first.stamp)).toBe(true);
  writeFileSync(join(root, "0.png"), Buffer.alloc(png(1).length));
  utimesSync(join(root, "0.png"), first.stamp.mtimeMs / 1000, first.stamp.mtimeMs / 1000);
  expect(isStill("0.png", limits, first.stamp)).toBe(false);
  expect(isStill("none.png", limits, first.stamp)).toBe(false);
});

it("uses memory again, and what it held before is nowhere in what is given", () => {
  const { dirs, files, pictures } = open();
  const pool = new BufferPool();
  const { memory: first } = readPicturesTogether(files, dirs, pool);
  new Uint8Array(first).fill(7);
  pool.giveBack(first);
  const { memory, read } = readPicturesTogether(files, dirs, pool);
  expect(memory).toBe(first);
  expect(read.map((found) => Buffer.from(found?.bytes ?? []))).toEqual(pictures);
  const { memory: another } = readPicturesTogether(files, dirs, pool);
  expect(another).not.toBe(first);
});
