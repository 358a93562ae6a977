import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium, type OpenPage } from "./chromium.ts";

const FOUR = `path,display name,folder,my notes
one.png,One,Spring,first
two.png,Two,Spring,"say ""hi"""
tree.png,Three,Summer,
four.png,,Summer,last
`;
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** A directory with a sheet and its images; `three.png` is misspelled in it. */
function directoryWith(csv: string, names = ["one", "two", "three", "four"]): string {
  const directory = makeDirectory();
  for (const [index, name] of names.entries()) {
    writeFileSync(join(directory, `${name}.png`), png(index + 1));
  }
  writeFileSync(join(directory, "m.csv"), csv);
  return directory;
}

/** The page with its sheet open, its cells checked. */
async function openSheet(
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
async function settled(page: Page): Promise<void> {
  await expect
    .poll(() => page.locator(".foot .summary").textContent())
    .toMatch(/\d (problem|warn|no)|no prob/);
  await expect.poll(() => page.locator(".saved").textContent()).not.toBe("Keeping…");
  await expect.poll(() => page.locator(".foot .is-stale").count()).toBe(0);
}

const cell = (page: Page, row: number, column: string) =>
  page.locator(`[data-row='${row}'] .cell.${column}`);
const texts = (page: Page, column: string) =>
  page.locator(`.grid-body .cell.${column} .text`).allTextContents();
const saved = (page: Page) => page.locator(".saved").textContent();
const said = (page: Page) => page.getByRole("status").textContent();

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
    await press("F8", "Alt+Enter");
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
    expect(await page.locator(`#${described}`).textContent()).toContain("tree.png");
    await page.getByRole("button", { name: /^Problems/ }).click();
    expect(await faulty.evaluate((one) => one === document.activeElement)).toBe(true);
    expect(await page.locator(".strip").textContent()).toContain("three.png");
    await page.getByRole("button", { name: "Repair all" }).click();
    const dialog = page.getByRole("dialog");
    await expect.poll(() => dialog.locator("del").allTextContents()).toEqual(["tree.png"]);
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

inChromium("the page of `qgfx open`, a long sheet", {
  "draws rows in sight and the active one, and counts all": async (open) => {
    const rows = Array.from({ length: 2_000 }, (_, index) => `one.png,Name ${index},F,\n`);
    const { page } = await openSheet(open, { csv: `path,name,folder,my notes\n${rows.join("")}` });
    const grid = page.getByRole("grid");
    expect(await grid.getAttribute("aria-rowcount")).toBe("2001");
    await cell(page, 4, "name").click();
    await grid.evaluate((one) => one.scrollTo(0, 60_000));
    await expect.poll(() => cell(page, 1_255, "name").textContent()).toContain("Name 1255");
    expect(await cell(page, 4, "name").getAttribute("tabindex")).toBe("0");
    expect(await page.locator(".grid-body .row").count()).toBeLessThan(60);
    const indexes = await page
      .locator(".grid-body .row")
      .evaluateAll((all) => all.map((one) => Number(one.getAttribute("aria-rowindex"))));
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    await page.keyboard.press("Control+End");
    await expect.poll(() => cell(page, 1_999, "name").isVisible()).toBe(true);
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Control+Shift+ArrowDown");
    await page.keyboard.type("x");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+Home");
    await expect.poll(() => cell(page, 0, "name").textContent()).toContain("Name 0");
  },
});

inChromium("the page of `qgfx open`, from a folder to IDs", {
  "makes a sheet, previews, uploads to the sandbox, copies IDs, and takes the run back": async (
    open,
  ) => {
    const directory = makeDirectory();
    mkdirSync(join(directory, "flowers"));
    for (const seed of [1, 2, 3]) {
      writeFileSync(join(directory, "flowers", `${seed}.png`), png(seed));
    }
    const { server } = await openPage(directory);
    const page = await open(server.url, CLIPBOARD);
    await page.getByRole("radio", { name: /flowers/ }).check();
    await page.getByRole("button", { name: "Make a spreadsheet" }).click();
    await settled(page);
    await page.getByRole("button", { name: /[Pp]review$/ }).click();
    await page.getByRole("button", { name: "Upload 3 images…" }).click();
    await page.getByRole("button", { name: "Upload 3 images", exact: true }).click();
    await expect
      .poll(() => page.getByRole("heading", { level: 1 }).textContent())
      .toBe("Done: 3 images uploaded");
    await page.getByRole("button", { name: "See IDs" }).click();
    await page.getByRole("button", { name: "Copy 3 IDs" }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toMatch(/^(IM_\w+\n){2}IM_\w+$/);
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("button", { name: /^Undo… run/ }).click();
    await page.getByRole("button", { name: "Delete 3 graphics" }).click();
    await expect
      .poll(() => page.getByRole("heading", { level: 1 }).textContent())
      .toBe("Done: 3 graphics deleted");
    await page.getByRole("link", { name: /Preview/ }).click();
    await expect
      .poll(() => page.getByRole("heading", { level: 1 }).textContent())
      .toContain("3 images to upload");
  },
});

const SCREENS = ["start", "sheet", "preview", "upload", "unknowns", "ids", "history"];

inChromium("the page of `qgfx open`, for everyone", {
  "has no screen or dialog that axe finds fault with": async (open) => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 1440]) {
        const viewport = { width, height: 800 };
        const { page, server } = await openSheet(open, { options: { colorScheme, viewport } });
        for (const screen of SCREENS) {
          await page.goto(`http://127.0.0.1:${server.port}/#${screen}`);
          await page.locator("main").waitFor();
          expect(await accessibilityProblems(page), `${screen} ${colorScheme} ${width}`).toEqual(
            [],
          );
        }
        await page.goto(`http://127.0.0.1:${server.port}/#sheet`);
        for (const dialog of ["Rename", "Folder", "Add images", "Repair all"]) {
          await page.getByRole("button", { name: dialog, exact: true }).click();
          await page.getByRole("dialog").waitFor();
          expect(await accessibilityProblems(page), `${dialog} ${colorScheme} ${width}`).toEqual(
            [],
          );
          await page.keyboard.press("Escape");
        }
        await page.locator(".target").click();
        await page.getByRole("radio", { name: /^Qualtrics/ }).check();
        expect(await accessibilityProblems(page), `target ${colorScheme} ${width}`).toEqual([]);
      }
    }
  },
});
