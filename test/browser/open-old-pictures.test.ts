import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openPage } from "../support/open-page.ts";
import { preview, service, sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { accessibilityProblems, inChromium, type OpenPage } from "./chromium.ts";

/** The page's preview of one image that is replaced, and of one whose row is gone. */
async function openReplacing(
  open: OpenPage,
  sandbox?: Awaited<ReturnType<typeof service>>,
  options = {},
) {
  const directory = sheetOf(2);
  const { page: first, server } = await openPage(directory);
  const { events, wanted } = await preview(first, sandbox);
  await first.post("run", wanted);
  await events.next("run", ({ phase }) => phase === "ended");
  writeFileSync(join(directory, "p1.png"), png(99));
  writeFileSync(join(directory, "m.csv"), "path,folder\np1.png,A\n");
  await first.post("reload");
  await expect.poll(async () => (await first.get("plan")).json.plan?.summary.orphan).toBe(1);
  const page = await open(server.url, options);
  await page.getByRole("link", { name: /Preview/ }).click();
  await page.getByRole("button", { name: "1 replace" }).waitFor();
  return page;
}

inChromium("the preview of `qgfx open`, what stands in the library", {
  "is shown beside the new image, and for an orphan": async (open) => {
    const page = await openReplacing(open);
    const imagesOf = (row: number) => page.locator(`[data-row='${row}'] canvas.is-drawn`);
    await expect.poll(() => imagesOf(0).count()).toBe(2);
    await expect.poll(() => imagesOf(1).count()).toBe(1);
    expect(await page.locator(".table a").count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  },

  "is linked by its id where it is in a service, and nothing is asked for": async (open) => {
    const sandbox = await service();
    const page = await openReplacing(open, sandbox);
    const held = await sandbox.held();
    const links = page.locator(".table a");
    await expect.poll(() => links.count()).toBe(2);
    for (const [row, name] of ["p1.png", "p2.png"].entries()) {
      const { id } = held.find((one) => one.name === name) ?? {};
      const link = links.nth(row);
      expect(await link.textContent()).toBe(id);
      const href = `${sandbox.url}/ControlPanel/Graphic.php?IM=${id}`;
      expect(await link.getAttribute("href")).toBe(href);
      expect(await link.getAttribute("rel")).toBe("noreferrer");
    }
    await expect.poll(() => page.locator("[data-row='0'] canvas.is-drawn").count()).toBe(1);
    expect(await accessibilityProblems(page)).toEqual([]);
  },
});
