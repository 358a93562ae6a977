import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageSize } from "image-size";
import { describe, expect, it } from "vitest";
import { png } from "../support/pictures.ts";
import { type MakeSharp, noise, plain, sharp } from "../support/sharp.ts";
import { openWorkplace } from "../support/workplace.ts";

if (!sharp) process.stderr.write("left out, for there is no sharp: conversions (--convert)\n");

describe.skipIf(!sharp)("--convert", () => {
  const make = sharp as MakeSharp;

  it("makes images of other types and of too large ones, for a sheet that is made", async () => {
    const place = await openWorkplace();
    place.write("pics/a.webp", await make(plain(30, 20)).webp().toBuffer());
    place.write("pics/Sub/b.tiff", await make(plain(30, 20)).tiff().toBuffer());
    place.write("pics/c.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='8'/>");
    place.write("pics/d.png", png(1));
    place.write("pics/talk.pdf", "%PDF-1.7\n");
    const args = ["init", "pics", "-o", "m.csv", "--folder", "F", "--convert", "made"];
    const { code, stdout, stderr } = await place.qgfx(...args);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(
      "m.csv: 4 images, 2 folders\nleft out: 1 file\n  talk.pdf: a PDF document\n",
    );
    expect(stderr).toContain("converted pics/a.webp to made/a.jpg");
    expect(place.read("m.csv").trim().split("\r\n").slice(1)).toEqual([
      "made/a.jpg,a.jpg,F",
      "made/c.png,c.png,F",
      "pics/d.png,d.png,F",
      "made/Sub/b.png,b.png,Sub",
    ]);
    expect(await place.qgfx("validate", "m.csv")).toMatchObject({ code: 0 });
    // What was converted is used again, and a sheet that is complete stays as it is.
    const before = place.read("m.csv");
    const again = await place.qgfx(...args);
    expect(again.stderr).not.toContain("converted");
    expect(place.read("m.csv")).toBe(before);
  });

  it("turns a photo as its EXIF data says, and brings a large one under the limit", async () => {
    const place = await openWorkplace();
    const [pixels, raw] = noise(1_500, 1_000);
    const large = make(pixels, raw).withMetadata({ orientation: 6 }).jpeg({ quality: 100 });
    place.write("large.jpg", await large.toBuffer());
    place.write("m.csv", "path,name,folder\nlarge.jpg,L,F\n");
    const args = ["apply", "m.csv", "--yes", "--max-size", "1", "--convert", "made"];
    const { code, stderr } = await place.qgfx(...args);
    expect(code, stderr).toBe(0);
    const made = readFileSync(join(place.dir, "made/large.jpg"));
    expect(made.length).toBeLessThanOrEqual(1024 * 1024);
    const { width, height } = imageSize(made);
    expect(height).toBeGreaterThan(width);
    expect(await place.held()).toMatchObject([{ name: "L", bytes: made.length }]);
  });

  it("lets the rows of a manifest name what was made, and keeps the manifest beside it", async () => {
    const place = await openWorkplace();
    place.write("a.webp", await make(plain(30, 20)).webp().toBuffer());
    place.write("b.png", png(1));
    place.write("broken.webp", "RIFF\x24\0\0\0WEBPVP8 ");
    const manifest = "path,name,folder,mine\na.webp,A,F,1\nb.png,B,F,2\nbroken.webp,C,F,3\n";
    place.write("m.csv", manifest);
    const run = await place.qgfx("apply", "m.csv", "--yes", "--convert", "made");
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("broken.webp was not converted");
    expect(place.read("m.csv")).toBe(manifest.replace("a.webp", "made/a.jpg"));
    expect(place.read("m.csv.bak")).toBe(manifest);
    place.write("m.csv", place.read("m.csv").replace("broken.webp,C,F,3\n", ""));
    expect(await place.qgfx("apply", "m.csv", "--yes", "--convert", "made")).toMatchObject({
      code: 0,
    });
    expect((await place.held()).map(({ contentType }) => contentType).sort()).toEqual([
      "image/jpeg",
      "image/png",
    ]);
  });
});
