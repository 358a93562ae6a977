import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { readKnownImages } from "../../src/ledger/known-images.ts";
import type { KnownImage } from "../../src/manifest/image.ts";
import { counted } from "../support/counts.ts";
import { MANIFEST, newLedgerFile, openForTest, readForTest, snapshot } from "../support/ledger.ts";

function known(index: number, changes: Partial<KnownImage["image"]> = {}): KnownImage {
  return {
    path: `Früchte/"${index}".png`,
    image: {
      contentType: "image/png",
      sizeBytes: 1_000 + index,
      sha256: String(index).padStart(64, "0"),
      widthPx: 7,
      heightPx: index,
      ...changes,
    },
    stamp: { mtimeMs: 1_795_450_000_123.4568 + index, ctimeMs: 1.5, inode: 2 ** 53 - index },
  };
}

function remember(file: string, manifest: string, images: readonly KnownImage[]): void {
  const ledger = openForTest(file);
  ledger.rememberImages(manifest, images);
  ledger.close();
}

/** In the order of their sizes, which `known` numbers. */
function read(file: string, manifest = MANIFEST): KnownImage[] {
  return readKnownImages(file, manifest).sort((a, b) => a.image.sizeBytes - b.image.sizeBytes);
}

/** Does what a stranger may do to a ledger. */
function change(file: string, sql: string): void {
  const database = new Database(file, "rw");
  database.exec(sql);
  database.close();
}

const MANY = Array.from({ length: counted(1_000, 10_000) }, (_, index) => known(index));

describe("what is known of pictures", () => {
  it("comes back as it was noted, for its manifest alone", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY);
    remember(file, "../other.csv", [known(1)]);
    expect(read(file)).toEqual(MANY);
    expect(read(file, "../other.csv")).toEqual([known(1)]);
    expect(read(file, "../third.csv")).toEqual([]);
  });

  it("takes the place of what was noted before, whether more or less", () => {
    const file = newLedgerFile();
    for (const images of [
      MANY,
      MANY.slice(0, MANY.length / 2),
      [known(3, { widthPx: 8 })],
      [],
      MANY,
    ]) {
      remember(file, MANIFEST, images);
      expect(read(file)).toEqual(images);
    }
  });

  it("is read without a trace", () => {
    const file = newLedgerFile();
    expect(read(file)).toEqual([]);
    remember(file, MANIFEST, MANY);
    const before = snapshot(dirname(file));
    expect(read(file)).toHaveLength(MANY.length);
    expect(snapshot(dirname(file))).toEqual(before);
  });

  it("is left alone while a run holds the ledger", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY);
    openForTest(file);
    expect(read(file)).toEqual([]);
  });

  const odd: [string, string, number][] = [
    [
      "a digit of a hash",
      "UPDATE files SET sha256 = '1' || substr(sha256, 2) WHERE size_bytes = 1007",
      99,
    ],
    ["another size", "UPDATE files SET size_bytes = 9 WHERE size_bytes = 1007", 99],
    ["another time", "UPDATE files SET stamp = '1 2 3'", 0],
    ["an unknown type", "UPDATE files SET content_type = 'text/html' WHERE size_bytes = 1007", 99],
    ["a row that is gone", "DELETE FROM files WHERE size_bytes = 1007", 99],
    ["no table", "DROP TABLE files", 0],
    ["another table of its name", "DROP TABLE files; CREATE TABLE files (path)", 0],
  ];

  it.each(odd)("%s is passed over", (_, sql, left) => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY.slice(0, 100));
    change(file, sql);
    expect(read(file)).toHaveLength(left);
  });

  it("of a damaged ledger, or of what is none, is nothing", () => {
    const file = newLedgerFile();
    mkdirSync(`${file}.folder`);
    expect(read(`${file}.folder`)).toEqual([]);
    writeFileSync(file, "path,name\n");
    expect(read(file)).toEqual([]);
    writeFileSync(file, "");
    expect(read(file)).toEqual([]);
  });

  it("of any damaged file is what was noted, or nothing", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY.slice(0, 500));
    const sound = readFileSync(file);
    const noted = new Set(MANY.slice(0, 500).map((one) => JSON.stringify(one)));
    for (let at = 100; at < sound.length; at += 3_001) {
      const spoilt = Buffer.from(sound);
      spoilt.fill(0xa5, at, at + 40);
      writeFileSync(file, spoilt);
      for (const one of read(file)) expect(noted).toContain(JSON.stringify(one));
    }
  });

  it("is no part of the record: a ledger without any opens", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY);
    change(file, "DELETE FROM files");
    expect(readForTest(file)).toBeDefined();
  });
});
