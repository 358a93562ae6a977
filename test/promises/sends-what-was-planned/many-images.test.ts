import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { counted } from "../../support/counts.ts";
import { largePng, png } from "../../support/pictures.ts";
import { BIN, type Ended, start } from "../../support/program.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

function built(place: Workplace, ...args: string[]): Promise<Ended> {
  return start(process.execPath, [BIN, ...args], { cwd: place.dir, env: place.env }).ended;
}

function writeSheet(place: Workplace, images: readonly Uint8Array[]): void {
  const rows = images.map((image, index) => {
    place.write(`pics/${index}.png`, image);
    return `pics/${index}.png,Picture ${index},Summer`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
}

it("sends each of many images as it is, and gives each line its own id", async () => {
  const count = counted(60, 600);
  const place = await openWorkplace();
  writeSheet(
    place,
    Array.from({ length: count }, (_, index) => png(index)),
  );
  const run = await built(place, "apply", "m.csv", "--yes", "--rate", "1000000");
  expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("bug") });
  const held = new Map((await place.held()).map((graphic) => [graphic.id, graphic]));
  expect(held.size).toBe(count);
  const [, ...lines] = place.read("m.results.csv").trimEnd().split("\n");
  expect(lines).toHaveLength(count);
  for (const line of lines) {
    const [, name, , status, id = "", , , sha256] = line.split(",");
    expect({ status, name, sha256 }).toEqual({
      status: "uploaded",
      name: held.get(id)?.name,
      sha256: held.get(id)?.sha256,
    });
  }
  const plan = JSON.parse((await built(place, "plan", "m.csv", "--json")).stdout);
  expect(plan.summary).toMatchObject({ create: 0, unchanged: count });
});

it("sends images of any size as they are, one beside the other", async () => {
  const place = await openWorkplace();
  const sizes = [100, 30_000, 700_000, 1_200_000];
  writeSheet(
    place,
    Array.from({ length: counted(16, 220) }, (_, index) =>
      largePng(index, sizes[index % sizes.length] ?? 0),
    ),
  );
  const run = await built(place, "apply", "m.csv", "--yes", "--rate", "1000000");
  expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining("bug") });
  const held = await place.held();
  expect(held).toHaveLength(counted(16, 220));
  for (const { name, sha256 } of held) {
    const file = join(place.dir, `pics/${name.replace("Picture ", "")}.png`);
    expect(sha256).toBe(hash("sha256", readFileSync(file)));
  }
});
