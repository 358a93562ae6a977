import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { imageSize } from "image-size";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspectImage, inspectImages, readImage } from "../../src/files/inspect-image.ts";
import { readRegularFile } from "../../src/files/read-file.ts";
import type { Inspection } from "../../src/manifest/image.ts";
import { GIF, png } from "../support/pictures.ts";

const EXAMPLES = join(import.meta.dirname, "../../manifests/pictures");
const SHORTENED_FILE = "/sys/devices/system/cpu/online";

let dir = "";

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "qgfx-files-"));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function inspect(path: string, baseDir = dir): Promise<Inspection> {
  return inspectImage(path, { baseDir, rootDir: baseDir, maxBytes: 5_000_000 });
}

function write(path: string, bytes: Uint8Array): void {
  writeFileSync(join(dir, path), bytes);
}

async function problem(path: string): Promise<{ code: string; hint: string }> {
  const inspection = await inspect(path);
  if (!("problem" in inspection)) throw new Error(`${path} is fine`);
  return inspection.problem;
}

describe("a picture", () => {
  it.each([
    ["seasons/winter.png", "image/png"],
    ["seasons/spring.jpg", "image/jpeg"],
    ["seasons/summer.gif", "image/gif"],
    ["früchte/äpfel.png", "image/png"],
    ["花/桜.gif", "image/gif"],
  ])(
    "%s is %s, with the size another program finds and the hash of its bytes",
    async (path, contentType) => {
      const bytes = readFileSync(join(EXAMPLES, path));
      const { width, height } = imageSize(bytes);
      expect(await inspect(path, EXAMPLES)).toHaveProperty("image", {
        contentType,
        sizeBytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        widthPx: width,
        heightPx: height,
      });
    },
  );

  it("comes with the bytes that were hashed", async () => {
    write("bytes.png", png(1));
    const read = await readImage("bytes.png", {
      baseDir: dir,
      rootDir: dir,
      maxBytes: 5_000_000,
    });
    expect(read).toMatchObject({ bytes: png(1) });
  });

  it("may have fill bytes before its JPEG markers", async () => {
    const jpeg = readFileSync(join(EXAMPLES, "seasons/spring.jpg"));
    write(
      "filled.jpg",
      Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xff]), jpeg.subarray(2)]),
    );
    expect(await inspect("filled.jpg")).toMatchObject({ image: { widthPx: 120, heightPx: 120 } });
  });

  it("may be reached by a link that stays under the root, and through a linked root", async () => {
    mkdirSync(join(dir, "real/pictures"), { recursive: true });
    write("real/pictures/a.png", png(1));
    symlinkSync("pictures/a.png", join(dir, "real/link.png"));
    symlinkSync("real", join(dir, "linked"));
    const linked = join(dir, "linked");
    const limits = { baseDir: linked, rootDir: linked, maxBytes: 5_000_000 };
    for (const path of [
      "link.png",
      "pictures/a.png",
      join(linked, "pictures/a.png"),
      "pictures/../link.png",
    ]) {
      expect(await inspectImage(path, limits)).toHaveProperty("image");
    }
  });

  it("is whole, or it is refused: no shorter start of it passes", async () => {
    const jpeg = readFileSync(
      join(import.meta.dirname, "../fixtures/validation/file-truncated/b.jpg"),
    );
    const whole = [png(7), GIF, Buffer.concat([jpeg, Buffer.from([0xff, 0xd9])])];
    for (const [index, bytes] of whole.entries()) {
      write(`whole-${index}`, bytes);
      expect(await inspect(`whole-${index}`)).toHaveProperty("image");
      for (let length = 0; length < bytes.length; length += 1) {
        write("start", bytes.subarray(0, length));
        expect(await inspect("start"), `${index}: ${length} bytes`).toHaveProperty("problem");
      }
    }
  });

  it("ends in an answer, whatever its bytes", async () => {
    const samples = ["seasons/winter.png", "seasons/spring.jpg", "seasons/summer.gif"].map((path) =>
      readFileSync(join(EXAMPLES, path)),
    );
    const changes = fc.array(fc.tuple(fc.nat({ max: 3_000 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...samples), changes, async (sample, bytes) => {
        const changed = Buffer.from(sample);
        for (const [at, byte] of bytes) changed[at % changed.length] = byte;
        write("changed", changed);
        const found = await inspect("changed");
        expect("image" in found).toBe(!("problem" in found));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a JPEG without an end marker", () => {
  const whole = readFileSync(
    join(import.meta.dirname, "../fixtures/validation/file-without-end/a.jpg"),
  );
  const pictureBytes = whole.lastIndexOf("SEFH") - 3;

  it("is taken with a warning where all of its blocks are there and a maker's own data follows", async () => {
    write("maker.jpg", whole);
    expect(await inspect("maker.jpg")).toMatchObject({
      image: { widthPx: 64, heightPx: 48 },
      warning: { code: "FILE_WITHOUT_END" },
    });
  });

  it("is refused where something of the picture itself is missing", async () => {
    const cuts = [700, 1_500, pictureBytes - 40, pictureBytes - 2];
    for (const length of cuts) {
      const rests = {
        nothing: Buffer.alloc(0),
        zeros: Buffer.alloc(4_000),
        maker: whole.subarray(pictureBytes + 3),
      };
      for (const [rest, bytes] of Object.entries(rests)) {
        write("cut.jpg", Buffer.concat([whole.subarray(0, length), bytes]));
        const found = await inspect("cut.jpg");
        expect(found, `${length} bytes, then ${rest}`).toMatchObject({
          problem: { code: "FILE_TRUNCATED", hint: expect.stringContaining("from its source") },
        });
      }
    }
  });
});

describe("a PNG", () => {
  it("is refused where a part of its pixels is missing, or one of its bits has changed", async () => {
    const image = readFileSync(join(EXAMPLES, "seasons/winter.png"));
    for (let at = 8; at < image.length; at += 1) {
      const changed = Buffer.from(image);
      changed[at] = (changed[at] ?? 0) ^ 4;
      write("changed.png", changed);
      expect(await inspect("changed.png"), `byte ${at}`).toHaveProperty("problem");
    }
  });
});

describe("a file of another type", () => {
  /** An image of 16 by 16 pixels, of type 1 (with a color map) or 2 (without). */
  const tga = (type: 1 | 2) => {
    const map = type === 1 ? [0, 0, 0, 1, 24] : [0, 0, 0, 0, 0];
    const header = [0, type === 1 ? 1 : 0, type, ...map, 0, 0, 0, 0, 16, 0, 16, 0];
    return Buffer.from([...header, type === 1 ? 8 : 24, 0, ...Array(900).fill(7)]);
  };
  const box = (brand: string) =>
    Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1${brand}`, "latin1");
  it.each([
    ["HEIC", box("heic"), "HEIC photo", "--convert"],
    ["AVIF", box("avif"), "AVIF", "--convert"],
    ["WebP", Buffer.from("RIFF\x24\0\0\0WEBPVP8 "), "WebP", "--convert"],
    ["TIFF", Buffer.from("II*\0\x08\0\0\0\0\0", "latin1"), "TIFF", "--convert"],
    ["BMP", Buffer.concat([Buffer.from("BM"), Buffer.alloc(60)]), "BMP", "export it"],
    ["SVG", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "SVG", "--convert"],
    [
      "SVG behind a prolog",
      Buffer.from("\ufeff<?xml version='1.0'?>\n<!-- x -->\n<svg/>"),
      "SVG",
      "--convert",
    ],
    ["PDF", Buffer.from("%PDF-1.7\n"), "PDF", "export the page"],
    ["TGA", tga(2), "TGA", "export it"],
    ["TGA with a color map", tga(1), "TGA", "export it"],
    ["a Windows cursor", Buffer.from([0, 0, 2, 0, 1, 0, ...Array(60).fill(16)]), "icon", "export"],
    [
      "text in UTF-16",
      Buffer.from("\uFEFFHello, it is me", "utf16le"),
      "a text file",
      "write the path",
    ],
    [
      "text in UTF-16BE",
      Buffer.from("\uFEFFHello, it is me", "utf16le").swap16(),
      "a text file",
      "write the path",
    ],
    ["audio", Buffer.from("ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64", "latin1"), "sound", "media"],
    ["video", box("isom"), "video", "media"],
    ["web page", Buffer.from("<!DOCTYPE html>\n<html>"), "web page", "download the image itself"],
    ["LFS", Buffer.from("version https://git-lfs.github.com/spec/v1\n"), "Git LFS", "git lfs pull"],
    ["text", Buffer.from("hello"), "not an image", "write the path of an image"],
  ])("(%s) is called by its name, with what to do", async (_type, bytes, name, remedy) => {
    write("other", bytes);
    expect(await inspect("other")).toMatchObject({
      problem: {
        code: "FILE_UNSUPPORTED_TYPE",
        message: expect.stringContaining(name),
        hint: expect.stringContaining(remedy),
      },
    });
  });
});

describe("a file that is not there", () => {
  beforeAll(() => {
    mkdirSync(join(dir, "Bilder/früchte"), { recursive: true });
    write("Bilder/früchte/Äpfel.png", png(1));
    write("Bilder/birne.png", png(2));
  });

  it.each([
    ["other case", "bilder/BIRNE.png", "Bilder/birne.png"],
    ["backslashes", "Bilder\\früchte\\Äpfel.png", "Bilder/früchte/Äpfel.png"],
    [
      "another Unicode form in a part that differs otherwise too",
      "bilder/fru\u0308chte/Äpfel.png",
      "Bilder/früchte/Äpfel.png",
    ],
    ["a slip of the finger", "Bilder/brine.png", "Bilder/birne.png"],
    ["a slip in a folder", "Bidler/birne.png", "Bilder/birne.png"],
    ["blanks at its edges", " Bilder/birne.png ", "Bilder/birne.png"],
  ])("and differs by %s is named as it is on disk", async (_how, wrong, right) => {
    expect(await problem(wrong)).toMatchObject({
      code: "FILE_NOT_FOUND",
      hint: expect.stringContaining(`'${right}'`),
    });
  });

  it("and differs by its Unicode form alone says so, for both look alike", async () => {
    expect((await problem("Bilder/fru\u0308chte/Äpfel.png")).hint).toContain("Unicode form");
  });

  it("is never taken for one that differs in a digit, a letter of its own, or is another row's", async () => {
    for (const name of [
      "face10.png",
      "set2/cat.png",
      "smile_f.png",
      "male.png",
      "right/house.png",
    ]) {
      mkdirSync(join(dir, "series", name, ".."), { recursive: true });
      write(join("series", name), png(3));
    }
    const root = join(dir, "series");
    const limits = { baseDir: root, rootDir: root, maxBytes: 5_000_000 };
    const wanted = ["face11.png", "face1.png", "set1/cat.png", "smile_m.png", "female.png"];
    const rows = [...wanted, "left/house.png", "right/house.png"];
    const found = await inspectImages(rows, limits);
    for (const [index, path] of [...wanted, "left/house.png"].entries()) {
      expect(found[index], path).toMatchObject({
        problem: { hint: "check the path: it begins at the manifest's folder" },
      });
    }
  });

  it("is looked for by its name in other folders, and where that is certain the row can be mended", async () => {
    const root = join(dir, "moved");
    for (const folder of ["new/deep", "old", "a", "b"])
      mkdirSync(join(root, folder), { recursive: true });
    for (const file of ["new/deep/Tulip.png", "a/rose.png", "b/rose.png", "a/lily.png"]) {
      write(join("moved", file), png(file.length));
    }
    const limits = { baseDir: root, rootDir: root, maxBytes: 5_000_000 };
    const rows = ["tulip.png", "old/rose.png", "x/lily.png", "y/lily.png"];
    const [tulip, rose, ...lilies] = await inspectImages(rows, limits);
    expect(tulip).toMatchObject({
      problem: { meantPath: "new/deep/Tulip.png", hint: expect.stringContaining("--fix") },
    });
    expect(rose).toMatchObject({
      problem: { hint: "a file of that name is at 'a/rose.png', 'b/rose.png'" },
    });
    // Two rows would have one image.
    for (const lily of [rose, ...lilies]) expect(lily).not.toHaveProperty("problem.meantPath");
  });

  it("is looked for by the end of a path from another computer", async () => {
    const root = join(dir, "taken-along");
    const files = [
      "imgs/left/1.png",
      "imgs/right/1.png",
      "s.png",
      "cond1/imgs/face.png",
      "my photo.png",
    ];
    for (const [seed, file] of files.entries()) {
      mkdirSync(join(root, dirname(file)), { recursive: true });
      write(join("taken-along", file), png(seed));
    }
    const limits = { baseDir: root, rootDir: root, maxBytes: 5_000_000 };
    const found = await inspectImages(
      [
        "C:\\Users\\s123\\study\\imgs\\left\\1.png",
        "\\\\server\\s123\\imgs\\right\\1.png",
        "/Users/s123/study/s.png",
        "file:///Users/ada/cond1/imgs/face.png",
        "my%20photo.png",
      ],
      limits,
    );
    expect(found.map((one) => ("problem" in one ? one.problem.meantPath : one))).toEqual(files);
    // Of another series, as a digit says.
    const [other, ...two] = await inspectImages(
      ["D:\\cond2\\imgs\\face.png", "C:\\a\\left\\1.png", "C:\\b\\left\\1.png"],
      limits,
    );
    expect(other).toMatchObject({ problem: { hint: expect.stringContaining("check the path") } });
    for (const one of [other, ...two]) expect(one).not.toHaveProperty("problem.meantPath");
  });

  it("is found by the bytes that a run last saw at its path", async () => {
    const root = join(dir, "renamed");
    mkdirSync(join(root, "kept"), { recursive: true });
    write("renamed/kept/after.png", png(77));
    write("renamed/other.png", png(78));
    const limits = { baseDir: root, rootDir: root, maxBytes: 5_000_000 };
    const read = await inspectImage("kept/after.png", limits);
    if (!("image" in read)) throw new Error("not read");
    const stamp = { mtimeMs: 1, ctimeMs: 1, inode: 1 };
    const known = [{ path: "before.png", image: read.image, stamp }];
    const [found] = await inspectImages(["before.png"], limits, { known, isTrusted: false });
    expect(found).toMatchObject({
      problem: { meantPath: "kept/after.png", hint: expect.stringContaining("same bytes") },
    });
  });

  it("is not told from what lies outside the root", async () => {
    const inside = join(dir, "Bilder");
    const limits = { baseDir: inside, rootDir: inside, maxBytes: 5_000_000 };
    for (const path of ["../bytes.png", "../nothing.png", `../${basename(inside)}x/a.png`]) {
      expect(await inspectImage(path, limits)).toMatchObject({
        problem: { code: "FILE_OUTSIDE_ROOT" },
      });
    }
  });
});

describe.skipIf(process.platform !== "linux")(
  "a file that the system cuts short (a Linux system file)",
  () => {
    it("is told from a whole one", async () => {
      expect(readRegularFile(SHORTENED_FILE, 5_000_000)).toEqual({ reason: "changed" });
    });
  },
);

describe("a root that does not exist", () => {
  it("is the user's error, not each picture's", async () => {
    const limits = { baseDir: dir, rootDir: join(dir, "nowhere"), maxBytes: 5_000_000 };
    await expect(inspectImage("a.png", limits)).rejects.toMatchObject({
      code: "FOLDER_NOT_FOUND",
      exitCode: 2,
    });
  });
});
