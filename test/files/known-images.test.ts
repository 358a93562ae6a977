import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { inspectImage, inspectImages, recognizeImage } from "../../src/files/inspect-image.ts";
import { isSettled } from "../../src/files/read-file.ts";
import type { KnownImage } from "../../src/manifest/image.ts";
import { png } from "../support/pictures.ts";

const LONG_AGO = new Date("2020-02-02T02:02:02.123Z");

/** A folder "root" with a picture in "pics", and a folder beside it. */
function makeFolders(): { root: string; outside: string } {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-known-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, "root");
  const outside = join(dir, "outside");
  for (const folder of [join(root, "pics"), outside]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "a.png"), png(1));
    utimesSync(join(folder, "a.png"), LONG_AGO, LONG_AGO);
  }
  return { root, outside };
}

function limitsOf(root: string, maxBytes = 5_000_000) {
  return { baseDir: root, rootDir: root, maxBytes };
}

/** As a run would note it, had it looked at the file some seconds later. */
async function note(root: string, path: string): Promise<KnownImage> {
  const found = await inspectImage(path, limitsOf(root));
  if (!("image" in found)) throw new Error(`${path} is no picture`);
  const { mtimeMs, ctimeMs, ino } = lstatSync(join(root, path));
  return { path, image: found.image, stamp: { mtimeMs, ctimeMs, inode: ino } };
}

function recognized(known: readonly KnownImage[], limits: ReturnType<typeof limitsOf>): string[] {
  return known.filter((one) => recognizeImage(one, limits, new Map())).map(({ path }) => path);
}

/** So that what follows bears a later time on every clock. */
async function nextTick(file: string): Promise<void> {
  const { ctimeMs } = lstatSync(file);
  await expect
    .poll(() => {
      const probe = `${file}.probe`;
      writeFileSync(probe, "");
      const later = lstatSync(probe).ctimeMs;
      rmSync(probe);
      return later;
    })
    .toBeGreaterThan(ctimeMs);
}

describe("a known file", () => {
  it("that is as it was need not be looked into", async () => {
    const { root } = makeFolders();
    const known = [await note(root, "pics/a.png"), await note(root, "pics/../pics/a.png")];
    expect(recognized(known, limitsOf(root))).toEqual(["pics/a.png", "pics/../pics/a.png"]);
    // Only what is known can make this difference: the file is as it was.
    const other = known.map((one) => ({ ...one, image: { ...one.image, widthPx: 7 } }));
    const [found] = await inspectImages(["pics/a.png"], limitsOf(root), {
      known: other,
      isTrusted: true,
    });
    expect(found).toEqual({ image: other[0]?.image, stamp: other[0]?.stamp });
  });

  const changes: [string, (file: string) => void][] = [
    ["is larger", (file) => writeFileSync(file, Buffer.concat([png(1), Buffer.alloc(1)]))],
    ["has another content of the same size", (file) => writeFileSync(file, png(2))],
    [
      "has another content, size and mtime as before",
      (file) => {
        writeFileSync(file, png(2));
        utimesSync(file, LONG_AGO, LONG_AGO);
      },
    ],
    [
      "was replaced by another of the same size and mtime",
      (file) => {
        writeFileSync(`${file}.new`, png(2));
        utimesSync(`${file}.new`, LONG_AGO, LONG_AGO);
        renameSync(`${file}.new`, file);
      },
    ],
    [
      "is a link to itself, moved",
      (file) => {
        renameSync(file, `${file}.moved`);
        symlinkSync("a.png.moved", file);
      },
    ],
    [
      "is a link to a copy",
      (file) => {
        copyFileSync(file, `${file}.copy`);
        rmSync(file);
        symlinkSync("a.png.copy", file);
      },
    ],
    ["has other rights", (file) => chmodSync(file, 0o600)],
    ["is gone", (file) => rmSync(file)],
    [
      "is a folder",
      (file) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ];

  it.each(changes)("that %s is looked into again", async (_, change) => {
    const { root } = makeFolders();
    const known = [await note(root, "pics/a.png")];
    const file = join(root, "pics/a.png");
    await nextTick(file);
    change(file);
    expect(recognized(known, limitsOf(root))).toEqual([]);
  });

  it.each(["sizeBytes", "mtimeMs", "ctimeMs", "inode"])("with another %s is", async (field) => {
    const { root } = makeFolders();
    const known = await note(root, "pics/a.png");
    const { image, stamp } = known;
    const other =
      field === "sizeBytes"
        ? { ...known, image: { ...image, sizeBytes: image.sizeBytes + 1 } }
        : { ...known, stamp: { ...stamp, [field]: stamp.ctimeMs + 1 } };
    expect(recognized([other], limitsOf(root))).toEqual([]);
  });

  it("outside the root, by its path or by a link in it, is refused as ever", async () => {
    const { root, outside } = makeFolders();
    symlinkSync(outside, join(root, "linked"));
    const { image, stamp } = await note(outside, "a.png");
    symlinkSync(join(outside, "a.png"), join(root, "link.png"));
    const paths = ["../outside/a.png", join(outside, "a.png"), "linked/a.png", "link.png"];
    const known = paths.map((path) => ({ path, image, stamp }));
    expect(recognized(known, limitsOf(root))).toEqual([]);
  });

  it("written to lie outside the root is refused even where a link leads back", async () => {
    const { root, outside } = makeFolders();
    symlinkSync(join(root, "pics"), join(outside, "back"));
    const { image, stamp } = await note(root, "pics/a.png");
    const known = [{ path: "../outside/back/a.png", image, stamp }];
    expect(recognized(known, limitsOf(root))).toEqual([]);
  });

  it("in a folder that is a link within the root may be known", async () => {
    const { root } = makeFolders();
    symlinkSync("pics", join(root, "linked"));
    const { image, stamp } = await note(root, "pics/a.png");
    const known = [{ path: "linked/a.png", image, stamp }];
    expect(recognized(known, limitsOf(root))).toEqual(["linked/a.png"]);
  });

  it("that is too large now is refused as ever", async () => {
    const { root } = makeFolders();
    const known = [await note(root, "pics/a.png")];
    const { sizeBytes } = known[0]?.image ?? { sizeBytes: 0 };
    expect(recognized(known, limitsOf(root, sizeBytes - 1))).toEqual([]);
    expect(recognized(known, limitsOf(root, sizeBytes))).toHaveLength(1);
  });

  it.each(["", ".", "..", "pics/", "pics/..", "a\0.png", "pics/\0/a.png", "none/a.png"])(
    "of the odd path %j is looked into",
    async (path) => {
      const { root } = makeFolders();
      const { image, stamp } = await note(root, "pics/a.png");
      expect(recognized([{ path, image, stamp }], limitsOf(root))).toEqual([]);
    },
  );
});

describe("a stamp", () => {
  it("is given to no file that changed a moment before it was looked into", async () => {
    const { root } = makeFolders();
    const found = await inspectImage("pics/a.png", limitsOf(root));
    expect(found).toMatchObject({ image: expect.anything(), stamp: undefined });
  });

  it.each([
    [{ mtimeMs: 8_000, ctimeMs: 8_000 }, true],
    [{ mtimeMs: 8_001, ctimeMs: 5_000 }, false],
    [{ mtimeMs: 5_000, ctimeMs: 8_001 }, false],
    [{ mtimeMs: 99_000, ctimeMs: 5_000 }, false],
  ])("of %j is settled at 10,000: %s", (times, settled) => {
    expect(isSettled({ ...times, inode: 1 }, 10_000)).toBe(settled);
  });
});
