import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { comparable, readPage, runShown } from "../support/page.ts";
import { png } from "../support/pictures.ts";
import { workbook } from "../support/workbook.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const PAGE = readPage("sheets.md");

/** What the reader has done before each command. */
const BEFORE: Record<number, (place: Workplace) => void> = {
  1: (place) => {
    place.write("pictures/11.png", png(11));
    rmSync(join(place.dir, "pictures/2.png"));
  },
};

async function openFolder(): Promise<Workplace> {
  const place = await openWorkplace();
  const names = ["2.png", "10.png", "photo.jpeg", "Spring/tulip.png", "Spring/Late/rose.png"];
  names.forEach((name, index) => {
    place.write(`pictures/${name}`, png(index));
  });
  place.write("pictures/notes.txt", "none of them");
  for (const [file, text] of PAGE.files) place.write(file, text);
  const rows = [["path", "name", "folder"]];
  const ten = ["pictures/10.png", { number: 12, format: "0000" }, "Summer"];
  place.write("album.xlsx", workbook([{ name: "Album", rows: [...rows, ten] }]));
  const dated = ["pictures/10.png", { number: 45292, format: 14 }, "Summer"];
  place.write("dates.xlsx", workbook([{ name: "Album", rows: [...rows, dated] }]));
  return place;
}

it("docs/sheets.md shows what each command prints", async () => {
  const place = await openFolder();
  for (const [index, { command, output }] of PAGE.commands.entries()) {
    BEFORE[index]?.(place);
    expect(comparable(await runShown(place, command)), command).toEqual(comparable(output));
  }
  expect(place.read("trouble.csv.bak")).toBe(PAGE.files.get("trouble.csv"));
  expect((await place.held()).map(({ name }) => name)).toEqual(["0012"]);
});
