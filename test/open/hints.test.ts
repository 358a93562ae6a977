import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openPage } from "../support/open-page.ts";
import { sheetOf } from "../support/open-sheet.ts";

it("gives hints that a page can follow, without commands and options", async () => {
  const directory = sheetOf(2);
  writeFileSync(join(directory, "m.csv"), "path,name\nP1.PNG,One\np2.png,Two\np2.png,Three\n");
  const { page } = await openPage(directory);
  const events = page.listen();
  await page.post("open", { file: "m.csv" });
  await events.next("validation");
  const { diagnostics } = (await page.get("validation")).json;
  const hints = Object.fromEntries(
    diagnostics.map(({ code, hint }: { code: string; hint: string | null }) => [code, hint]),
  );
  expect(hints).toEqual({
    FILE_NOT_FOUND: "write 'p1.png' if that is the file you mean",
    FOLDER_MISSING: "fill the folder column",
    EQUAL_BYTES: null,
  });
});
