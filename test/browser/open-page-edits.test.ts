import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium } from "./chromium.ts";
import { CLIPBOARD, cell, FOUR, openSheet, said, saved, settled, texts } from "./open-sheet.ts";

inChromium("the page of `qgfx open`, the sheet", {
  "is edited with the mouse and saved": async (open) => {
    const { page, read } = await openSheet(open);
    expect(await texts(page, "name")).toEqual(["One", "Two", "Three", "four.png"]);
    await cell(page, 3, "name").dblclick();
    await page.getByRole("textbox", { name: "display name" }).fill("Four, the last");
    await cell(page, 0, "folder").click();
    await expect.poll(() => saved(page)).toBe("Draft kept");
    expect(read()).toBe(FOUR);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => texts(page, "name")).toContain("four.png");
    await page.getByRole("button", { name: "Redo" }).click();
    await expect.poll(() => texts(page, "name")).toContain("Four, the last");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect.poll(() => saved(page)).toBe("Saved");
    expect(read()).toBe(FOUR.replace("four.png,,", 'four.png,"Four, the last",'));
  },

  "is edited with the keyboard alone": async (open) => {
    const { page, read } = await openSheet(open);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    // The first cell is where Tab comes to.
    for (let step = 0; step < 30; step += 1) {
      await press("Tab");
      if (await page.evaluate("document.activeElement.matches('.grid-body .cell')")) break;
    }
    await press("Control+Home", "ArrowRight");
    await page.keyboard.type("First");
    await press("Enter");
    await expect.poll(() => texts(page, "name")).toEqual(["First", "Two", "Three", "four.png"]);
    await press("F2", "End");
    await page.keyboard.type("nd");
    await press("Tab");
    await expect.poll(() => texts(page, "name")).toContain("Twond");
    await press("ArrowUp", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d");
    await expect
      .poll(() => texts(page, "folder"))
      .toEqual(["Spring", "Spring", "Spring", "Summer"]);
    expect(await said(page)).toMatch(/1 cell filled/);
    await press("Control+z");
    await expect
      .poll(() => texts(page, "folder"))
      .toEqual(["Spring", "Spring", "Summer", "Summer"]);
    await press("Control+y");
    await expect
      .poll(() => texts(page, "folder"))
      .toEqual(["Spring", "Spring", "Spring", "Summer"]);
    await settled(page);
    await press("F8");
    expect(await page.locator(".strip").textContent()).toContain("three.png");
    await press("Alt+Enter");
    await expect.poll(() => page.locator(".path-text").allTextContents()).toContain("three.png");
    await press("Enter", "End");
    await page.keyboard.type("x");
    await press("Escape");
    expect(await page.locator(".path-text").allTextContents()).toContain("three.png");
    await press("Control+End", "Home", "Control+Delete");
    await expect.poll(() => texts(page, "name")).toEqual(["First", "Twond", "Three"]);
    await press("Control+s");
    await expect.poll(() => saved(page)).toBe("Saved");
    expect(read()).toBe(
      'path,display name,folder,my notes\none.png,First,Spring,first\ntwo.png,Twond,Spring,"say ""hi"""\nthree.png,Three,Spring,\n',
    );
  },

  "copies and pastes as spreadsheet programs do": async (open) => {
    const { page } = await openSheet(open, { options: CLIPBOARD });
    await cell(page, 0, "name").click();
    await cell(page, 1, "folder").click({ modifiers: ["Shift"] });
    await page.keyboard.press("Control+c");
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      "One\tSpring\r\nTwo\tSpring",
    );
    await cell(page, 2, "name").click();
    await page.keyboard.press("Control+v");
    await expect.poll(() => texts(page, "name")).toEqual(["One", "Two", "One", "Two"]);
    await page.evaluate('navigator.clipboard.writeText("two\\nlines")');
    await page.evaluate("navigator.clipboard.writeText('\"two\\nlines\"\\tSommer\\n')");
    await cell(page, 3, "name").click();
    await page.keyboard.press("Control+v");
    await expect.poll(() => texts(page, "name")).toEqual(["One", "Two", "One", "two\nlines"]);
    await page.getByRole("button", { name: "Cells" }).click();
    await page.getByRole("menuitem", { name: "Clear" }).click();
    await expect.poll(() => texts(page, "name")).toEqual(["One", "Two", "One", "four.png"]);
  },

  "leads through problems and repairs them after showing what changes": async (open) => {
    const { page } = await openSheet(open);
    const faulty = cell(page, 2, "path");
    expect(await faulty.getAttribute("aria-invalid")).toBe("true");
    const described = await faulty.getAttribute("aria-describedby");
    expect(await page.locator(`#${described}`).textContent()).toContain("THREE.png");
    await page.getByRole("button", { name: /^Problems/ }).click();
    expect(await faulty.evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await page.locator(".strip").textContent()).toContain("three.png");
    await page.getByRole("button", { name: "Repair all" }).click();
    const dialog = page.getByRole("dialog");
    await expect.poll(() => dialog.locator("del").allTextContents()).toEqual(["THREE.png"]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await dialog.locator("ins").allTextContents()).toEqual(["three.png"]);
    await dialog.getByRole("button", { name: "Make 1 change" }).click();
    await expect.poll(() => faulty.getAttribute("aria-invalid")).toBeNull();
  },

  "finds, replaces, renames and sets folders in bulk": async (open) => {
    const { page } = await openSheet(open);
    await page.getByRole("button", { name: "Find", exact: true }).click();
    await page.getByRole("textbox", { name: "Find" }).fill("summer");
    await page.getByRole("button", { name: "Next", exact: true }).click();
    await expect.poll(() => said(page)).toBe("Found in line 4");
    await page.getByRole("button", { name: "Replace…" }).click();
    await page.getByRole("textbox", { name: "Replace with" }).fill("Fall");
    await page.getByRole("button", { name: "Replace all" }).click();
    await expect.poll(() => texts(page, "folder")).toEqual(["Spring", "Spring", "Fall", "Fall"]);
    await page.getByRole("button", { name: "Close find" }).click();

    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Pattern" }).fill("{folder} {nn}");
    expect(await page.getByRole("dialog").locator("ins").allTextContents()).toEqual([
      "Spring 01",
      "Spring 02",
      "Fall 03",
      "Fall 04",
    ]);
    await page.getByRole("button", { name: "Rename 4 images" }).click();
    await expect.poll(() => texts(page, "name")).toContain("Fall 04");

    await cell(page, 1, "name").click();
    await cell(page, 2, "name").click({ modifiers: ["Shift"] });
    await page.getByRole("button", { name: "Folder", exact: true }).click();
    await page.getByRole("combobox", { name: "Folder in the library" }).fill("Both");
    await page.getByRole("button", { name: "Set for 2 images" }).click();
    await expect.poll(() => texts(page, "folder")).toEqual(["Spring", "Both", "Both", "Fall"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => texts(page, "folder")).toEqual(["Spring", "Spring", "Fall", "Fall"]);
  },

  "adds images after asking, and removes rows": async (open) => {
    const { page, directory } = await openSheet(open);
    await page.getByRole("button", { name: "Add images" }).click();
    const more = [5, 6].map((seed) => ({
      name: `more ${seed}.png`,
      mimeType: "image/png",
      buffer: png(seed),
    }));
    await page.locator("#add-files").setInputFiles(more);
    await page.getByRole("button", { name: "Copy and add 2 images" }).click();
    await expect.poll(() => texts(page, "name")).toContain("more 6.png");
    expect(readFileSync(join(directory, "more 5.png"))).toEqual(png(5));
    await cell(page, 0, "name").click();
    await cell(page, 3, "name").click({ modifiers: ["Shift"] });
    await page.getByRole("button", { name: "Remove rows" }).click();
    await expect.poll(() => texts(page, "name")).toEqual(["more 5.png", "more 6.png"]);
    await expect.poll(() => page.locator(".grid-body .line").allTextContents()).toEqual(["2", "3"]);
  },

  "shows in each tab what another one changes": async (open) => {
    const { page, server } = await openSheet(open);
    const other = await page.context().newPage();
    await other.goto(`http://127.0.0.1:${server.port}/#sheet`);
    await cell(other, 0, "name").dblclick();
    await other.keyboard.type(" more");
    await other.keyboard.press("Enter");
    await expect.poll(() => texts(page, "name")).toContain("One more");
  },
});
