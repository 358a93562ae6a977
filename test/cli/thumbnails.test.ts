import { imageSize } from "image-size";
import { describe, expect, it } from "vitest";
import { largePng, png } from "../support/pictures.ts";
import { type MakeSharp, noise, sharp } from "../support/sharp.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

if (!sharp) process.stderr.write("left out, for there is no sharp: thumbnails (--html)\n");

/** The images inside a page, in its order. */
function imagesOf(page: string): { type: string; bytes: Buffer }[] {
  return [...page.matchAll(/src="data:([^;]+);base64,([^"]+)"/g)].map(
    ([, type = "", text = ""]) => ({
      type,
      bytes: Buffer.from(text, "base64"),
    }),
  );
}

async function pageOf(place: Workplace, ...options: string[]): Promise<string> {
  const run = await place.qgfx("plan", "m.csv", "--html", "plan.html", ...options);
  expect(run.stderr).toContain("page in plan.html");
  return place.read("plan.html");
}

it("takes no more of a page than was allowed, the smallest images first, each as often as it is shown", async () => {
  const place = await openWorkplace();
  const sizes = [9_000, 4_000, 12_000, 1_000];
  for (const [index, size] of sizes.entries()) place.write(`${index}.png`, largePng(index, size));
  const rows = [0, 1, 1, 2, 3].map((file, row) => `${file}.png,row ${row},F`);
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  const sizesIn = async (megabytes: string) =>
    imagesOf(await pageOf(place, "--html-pictures", megabytes)).map(({ bytes }) => bytes.length);
  const [first, second, third, fourth] = sizes.map((size, index) => largePng(index, size).length);
  expect(await sizesIn("1")).toEqual([first, second, second, third, fourth]);
  // 1,000 and twice 4,000 bytes are 12,000 characters; 9,000 bytes more do not fit into 20,971.
  expect(await sizesIn("0.02")).toEqual([second, second, fourth]);
  expect(await sizesIn("0")).toEqual([]);
});

describe.skipIf(!sharp)("thumbnails in a page", () => {
  const make = sharp as MakeSharp;

  it("are turned as the photo's EXIF data says, and small; small images stay as they are", async () => {
    const place = await openWorkplace();
    const [pixels, raw] = noise(1_200, 800);
    const photo = make(pixels, raw).withMetadata({ orientation: 6 }).jpeg({ quality: 95 });
    place.write("photo.jpg", await photo.toBuffer());
    place.write("see-through.png", await seeThrough(make, 600, 300));
    place.write("small.png", png(1));
    place.write("m.csv", "path,folder\nphoto.jpg,F\nsee-through.png,F\nsmall.png,F\n");
    const [turned, clear, small] = imagesOf(await pageOf(place));
    expect(turned?.type).toBe("image/jpeg");
    expect(imageSize(turned?.bytes ?? Buffer.of())).toMatchObject({ width: 213, height: 320 });
    expect(clear?.type).toBe("image/png");
    expect(imageSize(clear?.bytes ?? Buffer.of())).toMatchObject({ width: 320, height: 160 });
    expect(small?.bytes).toEqual(png(1));
  });

  it("have no more pixels than the image", async () => {
    const place = await openWorkplace();
    place.write("a.png", largePng(1, 40_000));
    place.write("m.csv", "path,folder\na.png,F\n");
    const [shown] = imagesOf(await pageOf(place));
    expect(imageSize(shown?.bytes ?? Buffer.of())).toMatchObject({ width: 1, height: 1 });
  });

  it("let more images into the page of a run than whole ones, replaced ones beside them", async () => {
    const place = await openWorkplace();
    const [pixels, raw] = noise(900, 900);
    const photo = (quality: number) => make(pixels, raw).jpeg({ quality }).toBuffer();
    place.write("a.jpg", await photo(90));
    place.write("m.csv", "path,folder\na.jpg,F\n");
    expect((await place.qgfx("apply", "m.csv", "--yes", "--sandbox")).code).toBe(0);
    place.write("a.jpg", await photo(80));
    const options = ["--html", "run.html", "--html-pictures", "0.2"];
    expect((await place.qgfx("apply", "m.csv", "--yes", "--sandbox", ...options)).code).toBe(0);
    const images = imagesOf(place.read("run.html"));
    expect(images).toHaveLength(2);
    for (const { bytes } of images) expect(imageSize(bytes)).toMatchObject({ width: 320 });
  });
});

/** Noise of which every other pixel is clear. */
async function seeThrough(make: MakeSharp, width: number, height: number): Promise<Buffer> {
  const [pixels] = noise(width, height);
  const bytes = Buffer.alloc(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    pixels.copy(bytes, at * 4, at * 3, at * 3 + 3);
    bytes[at * 4 + 3] = at % 2 === 0 ? 255 : 0;
  }
  return make(bytes, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}
