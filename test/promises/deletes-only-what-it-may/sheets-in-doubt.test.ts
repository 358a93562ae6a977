import { unzipSync, zipSync } from "fflate";
import { expect, it } from "vitest";
import { png } from "../../support/pictures.ts";
import { workbook } from "../../support/workbook.ts";
import { openWorkplace } from "../../support/workplace.ts";

const SHEET = "xl/worksheets/sheet1.xml";

const HEADER = ["path", "name", "folder"];

/** As openpyxl saves a workbook: without the results of formulas. */
function savedWithoutResults(bytes: Uint8Array): Uint8Array {
  const parts = unzipSync(bytes);
  const xml = Buffer.from(parts[SHEET] ?? []).toString();
  const saved = xml.replace(/ t="str"><f>(.*?)<\/f><v>.*?<\/v>/g, "><f>$1</f><v></v>");
  return zipSync({ ...parts, [SHEET]: Buffer.from(saved) });
}

it.each(["prune", "plan"])(
  "%s does nothing on a sheet whose formulas lost their results",
  async (command) => {
    const place = await openWorkplace();
    for (const [index, name] of ["a", "b"].entries()) place.write(`${name}.png`, png(index));
    const formula = (value: string) => ({ formula: `"${value}"`, value });
    const sheet = workbook([
      {
        name: "A",
        rows: [HEADER, ["a.png", "A", "F"], [formula("b.png"), formula("B"), formula("F")]],
      },
    ]);
    place.write("m.xlsx", sheet);
    expect(await place.qgfx("apply", "m.xlsx", "--yes")).toMatchObject({ code: 0 });
    place.write("m.xlsx", savedWithoutResults(sheet));
    const { code, stdout, stderr } = await place.qgfx(
      command,
      "m.xlsx",
      ...(command === "prune" ? ["--yes"] : []),
    );
    expect(code).toBe(2);
    expect(stdout + stderr).toContain("m.xlsx A3 error CELL_NOT_COMPUTED");
    expect((await place.held()).map(({ name }) => name).sort()).toEqual(["A", "B"]);
  },
);
