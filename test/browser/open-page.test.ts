import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { service } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium, type OpenPage } from "./chromium.ts";
import { mouse } from "./hands.ts";
import { aim, button, upload } from "./open-program.ts";
import { CLIPBOARD, cell, openSheet, settled } from "./open-sheet.ts";

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
    await expect.poll(() => cell(page, 1_999, "name").getAttribute("class")).toContain("active");
    await page.keyboard.press("Control+Home");
    await expect.poll(() => cell(page, 0, "name").textContent()).toContain("Name 0");
  },
});

inChromium("the images of a long sheet in `qgfx open`", {
  "are asked for from the top of what came into sight last": async (open) => {
    const rows = Array.from({ length: 2_000 }, (_, index) => `one.png,Name ${index},F,\n`);
    const { page } = await openSheet(open, { csv: `path,name,folder,my notes\n${rows.join("")}` });
    const asked: number[] = [];
    page.on("request", (request) => {
      const [, row] = /\/api\/picture\/(\d+)$/.exec(request.url()) ?? [];
      if (Number(row) > 1_000) asked.push(Number(row));
    });
    await page.getByRole("grid").evaluate((one) => one.scrollTo(0, 60_000));
    await expect.poll(() => asked.length).toBeGreaterThan(20);
    expect(asked).toEqual([...asked].sort((a, b) => a - b));
  },
});

inChromium("the table of IDs in `qgfx open`", {
  "has room for an ID, its link and when it was uploaded beside each other": async (open) => {
    const at = await service();
    const { page } = await openSheet(open, { csv: "path,folder\none.png,F\n" });
    await aim(page, mouse(page), at);
    await button(page, "Preview").click();
    await upload(page, mouse(page), "1 image");
    await button(page, "See IDs").click();
    const link = page.getByRole("link", { name: /^Open/ });
    await link.waitFor();
    for (const width of [720, 900, 1200, 1440]) {
      await page.setViewportSize({ width, height: 700 });
      const [linkBox, timeBox] = [
        await link.boundingBox(),
        await page.locator("time").boundingBox(),
      ];
      const end = (linkBox?.x ?? 0) + (linkBox?.width ?? 0);
      expect([width, end < (timeBox?.x ?? 0)]).toEqual([width, true]);
    }
  },
});

inChromium("the page of `qgfx open`, from a folder to IDs", {
  "shows that a run has ended though the answer to its start comes after that": async (open) => {
    const directory = makeDirectory();
    writeFileSync(join(directory, "one.png"), png(1));
    writeFileSync(join(directory, "m.csv"), "path,folder\none.png,F\n");
    const { server } = await openPage(directory);
    const page = await open(server.url);
    await page.evaluate(`{
      const ask = window.fetch;
      window.fetch = async (...asked) => {
        const answer = await ask(...asked);
        const isStart = /[/](run|delete)$/.test(answer.url);
        if (isStart) await new Promise((done) => setTimeout(done, 1500));
        window.starts = (window.starts ?? 0) + Number(isStart);
        return answer;
      };
    }`);
    const title = () => page.getByRole("heading", { level: 1 }).textContent();
    const isAnswered = (starts: number) =>
      expect.poll(() => page.evaluate("window.starts ?? 0")).toBe(starts);
    await page.getByRole("button", { name: "Open", exact: true }).click();
    await settled(page);
    await page.getByRole("button", { name: /[Pp]review$/ }).click();
    await page.getByRole("button", { name: "Upload 1 image…" }).click();
    await page.getByRole("button", { name: "Upload 1 image", exact: true }).click();
    await isAnswered(1);
    await expect.poll(title).toBe("Done: 1 image uploaded");
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("button", { name: /^Undo… run/ }).click();
    await page.getByRole("button", { name: "Delete 1 graphic" }).click();
    await isAnswered(2);
    await expect.poll(title).toBe("Done: 1 graphic deleted");
  },
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

type Look = readonly ["light" | "dark", number];
const LOOKS: readonly Look[] = [
  ["light", 1440],
  ["dark", 1440],
  ["light", 360],
  ["dark", 360],
];

function inEachLook(test: (open: OpenPage, look: Look) => Promise<void>) {
  return Object.fromEntries(
    LOOKS.map((look) => [look.join(", "), (open: OpenPage) => test(open, look)]),
  );
}

function openLooking(open: OpenPage, [colorScheme, width]: Look) {
  return openSheet(open, { options: { colorScheme, viewport: { width, height: 800 } } });
}

inChromium(
  "no screen of `qgfx open` with nothing uploaded yet that axe finds fault with",
  inEachLook(async (open, look) => {
    const { page, server } = await openLooking(open, look);
    for (const screen of SCREENS) {
      await page.goto(`http://127.0.0.1:${server.port}/#${screen}`);
      await page.locator("main").waitFor();
      expect(await accessibilityProblems(page), screen).toEqual([]);
    }
  }),
);
