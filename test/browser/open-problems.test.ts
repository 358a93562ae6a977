import { expect } from "vitest";
import { accessibilityProblems, inChromium } from "./chromium.ts";
import { cell, openSheet, settled } from "./open-sheet.ts";

const MISSING = Array.from({ length: 25 }, (_, index) => `gone-${index}.png,Name ${index},F\n`);
const CSV = `path,name,folder\none.png,One,F\n${MISSING.join("")}`;

inChromium("the preview of a sheet with errors", {
  "lists the first of them, each with the way to its cell": async (open) => {
    const { page } = await openSheet(open, { csv: CSV });
    await page.getByRole("link", { name: /Preview/ }).click();
    const links = page.locator(".problem-list a");
    await expect.poll(() => links.count()).toBe(20);
    expect(await page.locator("main").textContent()).toContain("25 problems must be corrected");
    expect(await page.locator("main").textContent()).toContain("And 5 more");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("link", { name: "Line 18, path" }).click();
    await expect.poll(() => cell(page, 16, "path").getAttribute("class")).toContain("is-active");
    expect(await page.evaluate("document.activeElement.closest('.row').dataset.row")).toBe("16");
  },

  "opens the row's form where there is little room": async (open) => {
    const options = { viewport: { width: 360, height: 700 } };
    const { page } = await openSheet(open, { csv: CSV, options });
    await page.getByRole("link", { name: /Preview/ }).click();
    await page.getByRole("link", { name: "Line 18, path" }).click();
    await page.getByRole("dialog", { name: "Line 18" }).waitFor();
  },
});

inChromium("the problems of a sheet where there is little room", {
  "are led through by a button, each in the form of its row, and repaired there": async (open) => {
    const options = { viewport: { width: 360, height: 700 } };
    const csv = "path,name,folder\none.png,One,F\nTWO.png,Two,F\nTHREE.png,Three,F\n";
    const { page } = await openSheet(open, { csv, options });
    const next = page.getByRole("button", { name: /^Problems/ });
    await next.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("There is no file 'TWO.png'.").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await next.click();
    await page.getByRole("dialog", { name: "Line 4" }).waitFor();
    await dialog.getByRole("button", { name: "Repair" }).click();
    await dialog.waitFor({ state: "detached" });
    await expect.poll(() => next.textContent()).toMatch(/^Problems 1/);
    await next.click();
    await page.getByRole("dialog", { name: "Line 3" }).waitFor();
  },
});

inChromium("a sheet that is checked while the page loads", {
  "is shown as it was found, though nothing is told of that any more": async (open) => {
    const { page, server } = await openSheet(open, { csv: CSV });
    // The first answers are of before the check ended; that it did was told before the page listened.
    const unchecked = { version: 1, revision: 0, diagnostics: [], images: {} };
    const answers = {
      validation: unchecked,
      plan: { version: 1, revision: 0, plan: null, rows: [], shortestMs: 0, notes: [] },
    };
    for (const [name, json] of Object.entries(answers)) {
      const address = `**/api/${name}`;
      const early = { ...json, oldPictures: null, problem: null };
      await page.route(address, (route) => route.fulfill({ json: early }), { times: 1 });
    }
    await page.goto("about:blank");
    await page.goto(`http://127.0.0.1:${server.port}/`);
    await settled(page);
    expect(await page.locator(".foot .summary").textContent()).toMatch(/25 problems/);
  },
});

inChromium("a sheet with warnings alone", {
  "leads through them, and has colors that can be read": async (open) => {
    const { page } = await openSheet(open, { csv: "path,folder\none.png,F\ntwo.png,\n" });
    const next = page.getByRole("button", { name: /^Problems/ });
    await expect.poll(() => next.textContent()).toBe("Problems 1");
    await next.click();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityProblems(page), colorScheme).toEqual([]);
    }
  },
});

inChromium("the dialogs of a sheet where there is little room", {
  "are about all rows, for none can be selected": async (open) => {
    const options = { viewport: { width: 360, height: 700 } };
    const { page } = await openSheet(open, { options });
    for (const [name, go] of [
      ["Folder", "Set for 4 images"],
      ["Rename", "Rename 4 images"],
    ] as const) {
      await page.getByRole("button", { name, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: go }).waitFor();
      await dialog.getByText("All 4 rows").waitFor();
      expect(await dialog.getByRole("radio").count()).toBe(0);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
  },
});

inChromium("images that are not there", {
  "are not asked for, not even before a new path is checked": async (open) => {
    const { page } = await openSheet(open);
    await expect.poll(() => page.locator("[data-row='0'] canvas.is-drawn").count()).toBe(1);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    // The page goes on with what was found before the edit.
    await page.route("**/api/validation", () => {});
    await cell(page, 0, "path").dblclick();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("gone.png");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".saved").textContent()).toBe("Draft kept");
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("link", { name: /Sheet/ }).click();
    await cell(page, 3, "path").click();
    await cell(page, 0, "path").click();
    await page.getByRole("grid").press("Space");
    await page.getByText("No image to show").waitFor();
    await expect.poll(() => page.locator("[data-row='3'] canvas.is-drawn").count()).toBe(1);
    expect(asked.filter((path) => path === "/api/picture/0")).toEqual([]);
  },
});
