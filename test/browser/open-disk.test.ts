import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { EXPECTED, inChromium, type OpenPage } from "./chromium.ts";
import { mouse } from "./hands.ts";
import { button } from "./open-program.ts";
import { cell, FOUR, openSheet, saved, settled, texts } from "./open-sheet.ts";

/** A page whose draft renames the first two rows, while another program writes `theirs`. */
async function changedBoth(open: OpenPage, theirs: string) {
  const { page, directory, read } = await openSheet(open);
  await mouse(page).edit(cell(page, 0, "name"), "My one");
  await mouse(page).edit(cell(page, 1, "name"), "My two");
  await settled(page);
  writeFileSync(join(directory, "m.csv"), theirs);
  await page.getByText("The file was changed by another program").waitFor();
  return { page, read };
}

const MERGED = FOUR.replace("One,Spring", "My one,Spring").replace("Two,Spring", "My two,Spring");
const CONFLICTING = FOUR.replace("One,", "Their one,").replace("Two,", "Their two,");

async function save(page: Page): Promise<void> {
  await button(page, "Save").click();
  await expect.poll(() => saved(page)).toBe("Saved");
}

inChromium(
  "a sheet that another program changes while it is edited in `qgfx open`",
  {
    "is merged when it is saved, without a question, and that is told": async (open) => {
      const other = ["Summer,last", "Autumn,last"] as const;
      const { page, read } = await changedBoth(open, `${FOUR.replace(...other)}five.png,,,\n`);
      await save(page);
      expect(await page.getByRole("dialog").count()).toBe(0);
      expect(read()).toBe(`${MERGED.replace(...other)}five.png,,,\n`);
      expect(await texts(page, "folder")).toContain("Autumn");
      expect(await page.locator(".banners").textContent()).toMatch(
        /1 cell changed in the file by others.*1 row added in the file by others/,
      );
      await page
        .getByText("The file was changed by another program")
        .waitFor({ state: "detached" });
    },

    "is asked about where both changed the same cells, each for itself": async (open) => {
      const { page, read } = await changedBoth(open, CONFLICTING);
      await button(page, "Save").click();
      const dialog = page.getByRole("dialog", { name: "2 cells changed in two places" });
      await dialog.getByRole("radio", { name: "File: Their two" }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await expect.poll(() => saved(page)).toBe("Saved");
      expect(read()).toBe(MERGED.replace("My two", "Their two"));
      await expect.poll(() => texts(page, "name")).toContain("Their two");
    },

    "keeps all from one side at once, or nothing is saved yet": async (open) => {
      const { page, read } = await changedBoth(open, CONFLICTING);
      const dialog = page.getByRole("dialog");
      await button(page, "Save").click();
      await dialog.waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect([read(), await saved(page)]).toEqual([CONFLICTING, "Draft kept"]);
      await button(page, "Save").click();
      await dialog.getByRole("button", { name: "All from the file" }).click();
      await dialog.getByRole("button", { name: "All yours" }).click();
      await dialog.getByRole("button", { name: "Save" }).click();
      await expect.poll(() => saved(page)).toBe("Saved");
      expect(read()).toBe(MERGED);
    },

    "is asked about on the way to the preview, too, and is shown anew where that is wanted": async (
      open,
    ) => {
      const { page } = await changedBoth(open, CONFLICTING);
      await button(page, "Save and preview").click();
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).waitFor();
      await page.keyboard.press("Escape");
      expect(new URL(page.url()).hash).toBe("#sheet");
      await button(page, "Reload").click();
      await expect.poll(() => texts(page, "name")).toContain("Their one");
      expect(await saved(page)).toBe("Saved");
    },
  },
  undefined,
  EXPECTED,
);
