import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium } from "./chromium.ts";
import { drop } from "./drop-files.ts";
import { openSheet, said, settled, texts } from "./open-sheet.ts";

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

const PNG = { name: "d1.png", base64: png(9).toString("base64") };

inChromium("images dropped on `qgfx open` while a sheet is open", {
  "get rows in it, wherever they are dropped": async (open) => {
    const { page, directory } = await openSheet(open);
    await page.locator(".open-file").click();
    await page.getByText("Drop images here to add them to m.csv").waitFor();
    await drop(page, [PNG]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Copy and add 1 image" }).click();
    await expect.poll(() => texts(page, "path")).toContain("d1.png");
    expect(readFileSync(join(directory, "d1.png")).equals(png(9))).toBe(true);
    await drop(page, [{ ...PNG, name: "d2.txt", type: "text/plain" }]);
    await expect.poll(() => said(page)).toMatch(/^Only PNG, JPEG and GIF/);
    expect(await drop(page, [PNG], "header")).toBe(true);
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("heading", { name: "History" }).waitFor();
    expect(await drop(page, [PNG])).toBe(true);
  },
});
