import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { formatPart } from "../../src/ledger/known-pictures-part.ts";
import { readKnownPictures } from "../../src/ledger/read-known-pictures.ts";
import type { KnownImage } from "../../src/manifest/known-image.ts";
import { MANIFEST, newLedgerFile, openForTest, readForTest, snapshot } from "./samples.ts";

function known(index: number, changes: Partial<KnownImage["image"]> = {}): KnownImage {
  return {
    path: `Früchte/"${index}"\u0000\ud800.png`,
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
  ledger.rememberPictures(manifest, images);
  ledger.close();
}

function read(file: string, manifest = MANIFEST): KnownImage[] {
  return [...readKnownPictures(file, manifest)];
}

/** Does what a stranger may do to a ledger. */
function change(file: string, sql: string): void {
  const database = new Database(file, "rw");
  database.exec(sql);
  database.close();
}

const MANY = Array.from({ length: 10_000 }, (_, index) => known(index));

describe("what is known of pictures", () => {
  it("comes back as it was noted, in its order, for its manifest alone", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY);
    remember(file, "../other.csv", [known(1)]);
    expect(read(file)).toEqual(MANY);
    expect(read(file, "../other.csv")).toEqual([known(1)]);
    expect(read(file, "../third.csv")).toEqual([]);
  });

  it("takes the place of what was noted before, whether more or less", () => {
    const file = newLedgerFile();
    for (const images of [MANY, MANY.slice(0, 5_000), [known(3, { widthPx: 8 })], [], MANY]) {
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
      "a byte of one part",
      "UPDATE known_pictures SET content = CAST(replace(content, 'png', 'pnh') AS BLOB) WHERE part = 1",
      10_000 - 4_096,
    ],
    [
      "a part cut short",
      "UPDATE known_pictures SET content = substr(content, 1, 5000) WHERE part = 0",
      10_000 - 4_096,
    ],
    [
      "a digest alone",
      "UPDATE known_pictures SET content = substr(content, 1, 65) WHERE part = 2",
      8_192,
    ],
    ["an empty part", "UPDATE known_pictures SET content = x'' WHERE part = 2", 8_192],
    ["a part that is gone", "DELETE FROM known_pictures WHERE part = 1", 4_096],
    ["no table", "DROP TABLE known_pictures", 0],
    [
      "another table of its name",
      "DROP TABLE known_pictures; CREATE TABLE known_pictures (part)",
      0,
    ],
  ];

  it.each(odd)("%s is passed over", (_, sql, left) => {
    const file = newLedgerFile();
    remember(file, MANIFEST, MANY);
    change(file, sql);
    expect(read(file)).toHaveLength(left);
  });

  it.each([
    "[]",
    "{}",
    "null",
    "[1]",
    '[["a.png"],["image/png"]]',
    '[["a.png"],["text/html"]]',
    "no",
  ])("%s with a fitting digest recognizes nothing", (text) => {
    const file = newLedgerFile();
    remember(file, MANIFEST, [known(1)]);
    const real = formatPart([known(1)]);
    const forged = partOf(text);
    expect(forged).toHaveLength(text.length + real.indexOf("\n") + 1);
    change(file, `UPDATE known_pictures SET content = CAST('${forged}' AS BLOB)`);
    for (const { image } of read(file)) expect(image.sizeBytes).toBeNaN();
  });

  it("is nothing where the rules for pictures have changed", () => {
    const file = newLedgerFile();
    remember(file, MANIFEST, [known(1)]);
    const [, text = ""] = formatPart([known(1)]).split("\n");
    for (const [rules, left] of [
      [1, 1],
      [0, 0],
    ] as const) {
      change(file, `UPDATE known_pictures SET content = CAST('${partOf(text, rules)}' AS BLOB)`);
      expect(read(file)).toHaveLength(left);
    }
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
    change(file, "DELETE FROM known_pictures");
    expect(readForTest(file)).toBeDefined();
  });
});

/** A part with a digest that fits; `rules` as they are counted. */
function partOf(text: string, rules = 1): string {
  return `${createHash("sha256").update(`${rules}\n${text}`).digest("hex")}\n${text}`;
}
