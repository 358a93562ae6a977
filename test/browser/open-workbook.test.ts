import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openPage } from "../support/open-page.ts";
import { sheetOf } from "../support/open-sheet.ts";
import { type TestSheet, workbook } from "../support/workbook.ts";
import { accessibilityProblems, EXPECTED, inChromium } from "./chromium.ts";
import { button, heads } from "./open-program.ts";
import { cell, saved, settled, texts } from "./open-sheet.ts";

const sheet = (name: string, ...images: number[]): TestSheet => ({
  name,
  rows: [["path", "folder"], ...images.map((image) => [`p${image}.png`, name])],
});

inChromium(
  "a workbook of several sheets in `qgfx open`",
  {
    "is read at the sheet that is chosen": async (open) => {
      const directory = sheetOf(4);
      const cover = { name: "Cover", rows: [["About this study"]] };
      writeFileSync(
        join(directory, "w.xlsx"),
        workbook([cover, sheet("Old", 1, 2), sheet("New", 3)]),
      );
      const { server } = await openPage(directory);
      const page = await open(server.url);
      const other = await open(server.url);
      await page.getByRole("radio", { name: /^w\.xlsx/ }).check();
      await button(page, "Open").click();
      await heads(page, "This spreadsheet cannot be read");
      await page.getByText("Choose the one that lists your images.").waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      const choice = page.getByRole("combobox", { name: "Sheet", exact: true });
      await choice.selectOption("New");
      await settled(page);
      expect(await texts(page, "path")).toEqual(["p3.png"]);
      expect(await accessibilityProblems(page)).toEqual([]);
      await other.getByRole("link", { name: /Sheet/ }).click();
      await expect.poll(() => texts(other, "path")).toEqual(["p3.png"]);
      await choice.selectOption("Old");
      await expect.poll(() => texts(page, "path")).toEqual(["p1.png", "p2.png"]);
      await expect.poll(() => texts(other, "path")).toEqual(["p1.png", "p2.png"]);
      await cell(page, 0, "folder").click();
      await page.keyboard.type("Else");
      await page.keyboard.press("Enter");
      await expect.poll(() => saved(page)).toBe("Draft kept");
      await choice.selectOption("New");
      await page.getByText("The sheet has changes that are not saved.").waitFor();
      expect(await choice.inputValue()).toBe("Old");
      expect(await texts(page, "folder")).toEqual(["Else", "Old"]);
      await page.setViewportSize({ width: 360, height: 700 });
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await choice.isVisible()).toBe(true);
    },
  },
  60_000,
  EXPECTED,
);
