import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { png } from "../support/pictures.ts";
import type { OpenPage } from "./chromium.ts";

/** Four rows, the third with a path in the wrong case. */
export const FOUR = `path,display name,folder,my notes
one.png,One,Spring,first
two.png,Two,Spring,"say ""hi"""
THREE.png,Three,Summer,
four.png,,Summer,last
`;
/** For pages that copy and paste. */
export const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** A directory with a sheet and its images; `three.png` is in the wrong case in it. */
function directoryWith(csv: string, names = ["one", "two", "three", "four"]): string {
  const directory = makeDirectory();
  for (const [index, name] of names.entries()) {
    writeFileSync(join(directory, `${name}.png`), png(index + 1));
  }
  writeFileSync(join(directory, "m.csv"), csv);
  return directory;
}

/** The page with its sheet open, its cells checked. */
export async function openSheet(
  open: OpenPage,
  { csv = FOUR, options = {} }: { csv?: string; options?: BrowserContextOptions } = {},
) {
  const directory = directoryWith(csv);
  const { server } = await openPage(directory);
  const page = await open(server.url, options);
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await settled(page);
  return { page, directory, server, read: () => readFileSync(join(directory, "m.csv"), "utf8") };
}

/** Until the last edit has been answered and checked. */
export async function settled(page: Page): Promise<void> {
  await expect
    .poll(() => page.locator(".foot .summary").textContent())
    .toMatch(/\d (problem|warn|no)|no prob/);
  await expect.poll(() => page.locator(".saved").textContent()).not.toBe("Keeping…");
  await expect.poll(() => page.locator(".foot .is-stale").count()).toBe(0);
}

/** A cell of a field, by the row's index. */
export const cell = (page: Page, row: number, column: string) =>
  page.locator(`[data-row='${row}'] .cell.${column}`);
/** What the cells of a field show. */
export const texts = (page: Page, column: string) =>
  page.locator(`.grid-body .cell.${column} .text`).allTextContents();
/** Whether it is saved, in words. */
export const saved = (page: Page) => page.locator(".saved").textContent();
/** The status line. */
export const said = (page: Page) => page.getByRole("status").textContent();
