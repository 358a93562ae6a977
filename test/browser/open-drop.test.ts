import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium } from "./chromium.ts";
import { settled, texts } from "./open-sheet.ts";

/** Drops files on the page, as a person does from a window of files. */
async function drop(page: Page, files: readonly { name: string; base64: string }[]) {
  const transfer = await page.evaluateHandle(
    `(() => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of ${JSON.stringify(files)}) {
        const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: "image/png" }));
      }
      return transfer;
    })()`,
  );
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

inChromium("images dropped on `qgfx open` where no sheet is open", {
  "are copied after a question, and become a spreadsheet": async (open) => {
    const directory = makeDirectory();
    const { server } = await openPage(directory);
    const page = await open(server.url);
    await page.getByText("Drop images here to make a spreadsheet").waitFor();
    const files = [1, 2].map((seed) => ({
      name: `d${seed}.png`,
      base64: png(seed).toString("base64"),
    }));
    await drop(page, files);
    await page.getByRole("dialog", { name: "Make a spreadsheet of images" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(existsSync(join(directory, "d1.png"))).toBe(false);
    await page.getByRole("button", { name: "Copy 2 images and make a spreadsheet" }).click();
    await settled(page);
    expect(await texts(page, "path")).toEqual(["d1.png", "d2.png"]);
    const made = readFileSync(join(directory, `${basename(directory)}.csv`), "utf8");
    expect(made).toContain("d2.png");
    expect(readFileSync(join(directory, "d1.png")).equals(png(1))).toBe(true);
  },
});
