import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { makeDirectory, openPage } from "../support/open-page.ts";
import { service } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import type { OpenPage } from "./chromium.ts";
import { mouse } from "./hands.ts";
import { aim, button, heads, upload } from "./open-program.ts";
import { cell, settled } from "./open-sheet.ts";

/** Looks at a state of the page; the name says which. */
export type Look = (state: string, page: Page) => Promise<void>;

const SHEET = `path,display name,folder,my notes
one.png,One,Spring,first
two.png,Two,Spring,"say ""hi"""
THREE.png,Three,Summer,
gone.png,A name that is longer than its column has room for in most windows,Summer,last
five.png,,Summer in the far north/With another folder in it,
six.png,Six,Summer,
`;
const NAMES = ["one", "two", "three", "four", "five", "six"];

/** The images of the sheet, and a folder of others. */
function directory(): string {
  const place = makeDirectory();
  for (const [index, name] of NAMES.entries()) {
    writeFileSync(join(place, `${name}.png`), png(index + 1));
  }
  mkdirSync(join(place, "flowers"));
  writeFileSync(join(place, "flowers", "daisy.png"), png(50));
  writeFileSync(join(place, "m.csv"), SHEET);
  writeFileSync(join(place, "odd.csv"), "img,name\na.png,A\n");
  return place;
}

/** Leads a page through all that it can show, from the start to a process that has ended. */
export async function walkStates(open: OpenPage, look: Look): Promise<void> {
  const place = directory();
  const at = await service({
    faults: [
      { name: "Two", times: 1, play: { kind: "answer", status: 400 } },
      { name: "Six", times: 1, play: { kind: "stall", store: true } },
    ],
  });
  const { server } = await openPage(place);
  const page = await open(server.url);
  const walk: Walk = { page, place, at, look: (state) => look(state, page) };
  await walkStart(walk);
  await walkSheet(walk);
  await walkDialogs(walk);
  await walkConflicts(walk);
  await walkUpload(walk);
  await walkAfterwards(walk);
  await server.close();
  await page.getByText("qgfx has stopped").waitFor();
  await walk.look("stopped");
}

interface Walk {
  page: Page;
  place: string;
  at: Awaited<ReturnType<typeof service>>;
  look(state: string): Promise<void>;
}

async function walkStart({ page, look }: Walk): Promise<void> {
  await page.getByRole("radio", { name: /^odd\.csv/ }).check();
  await look("start");
  await button(page, "Open").click();
  await heads(page, "This spreadsheet cannot be read");
  await look("unreadable");
  await page.locator(".open-file").click();
  await page.getByRole("radio", { name: /^m\.csv/ }).check();
  await button(page, "Open").click();
  await settled(page);
}

async function walkSheet({ page, look }: Walk): Promise<void> {
  await button(page, /^Problems/).click();
  await look("problem");
  await cell(page, 0, "name").click();
  await cell(page, 3, "path").click({ modifiers: ["Shift"] });
  await look("selection");
  await cell(page, 3, "name").dblclick();
  await page.getByRole("textbox").waitFor();
  await look("editing");
  await page.keyboard.press("Escape");
  await button(page, /^Cells/).click();
  await look("menu");
  await page.keyboard.press("Escape");
  await page.getByRole("grid").press("Control+h");
  await page.getByRole("textbox", { name: "Find" }).fill("summer");
  await look("find");
  await button(page, "Close find").click();
  await page.getByRole("link", { name: /Preview/ }).click();
  await heads(page, "The spreadsheet has problems");
  await look("preview-problems");
  await page.locator(".open-file").click();
  await page.getByText("Drop images here to add them").waitFor();
  await look("start-again");
  await page.getByRole("link", { name: /Sheet/ }).click();
}

async function walkDialogs({ page, look, at }: Walk): Promise<void> {
  const dialog = page.getByRole("dialog");
  const close = async () => {
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  };
  await button(page, "Keys").click();
  await look("keys");
  await close();
  await button(page, "Rename").click();
  await page.getByRole("textbox", { name: "Pattern" }).fill("{folder} {nnn} {odd}");
  await look("rename");
  await close();
  await button(page, "Folder").click();
  await look("folder");
  await close();
  await button(page, "Add images").click();
  const files = [7, 8].map((seed) => ({
    name: `more ${seed}.png`,
    mimeType: "image/png",
    buffer: png(seed),
  }));
  await page.locator("#add-files").setInputFiles(files);
  await look("add");
  await close();
  await button(page, "Repair all").click();
  await dialog.locator("del").waitFor();
  await look("repairs");
  await close();
  await cell(page, 0, "name").click();
  await page.keyboard.press("Space");
  await dialog.locator("img").waitFor();
  await look("large-image");
  await close();
  await button(page, /^Uploads go to:/).click();
  await look("target-sandbox");
  await page.getByRole("radio", { name: /^Qualtrics/ }).check();
  await page.getByLabel("Data center", { exact: true }).fill("nowhere");
  await page.getByLabel("API token", { exact: true }).fill("x");
  await button(page, "Check").click();
  await dialog.locator(".is-error").waitFor();
  await look("target-error");
  await close();
  await aim(page, mouse(page), at);
  await button(page, /^Uploads go to:/).click();
  await look("target-library");
  await close();
}

/** What is wrong is put right, here and in the file, at the same time. */
async function walkConflicts({ page, look, place }: Walk): Promise<void> {
  await button(page, /^Problems/).click();
  await mouse(page).edit(cell(page, 2, "path"), "three.png");
  await mouse(page).edit(cell(page, 3, "path"), "four.png");
  await mouse(page).edit(cell(page, 0, "name"), "Mine");
  await settled(page);
  const file = join(place, "m.csv");
  writeFileSync(file, readFileSync(file, "utf8").replace("One,Spring", "Theirs,Spring"));
  await page.getByText("The file was changed by another program").waitFor();
  await look("changed-on-disk");
  await button(page, "Save").click();
  await page.getByRole("dialog").waitFor();
  await look("conflicts");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect.poll(() => page.locator(".saved").textContent()).toBe("Saved");
  await settled(page);
  await look("sheet");
}

async function walkUpload({ page, look }: Walk): Promise<void> {
  await button(page, "Preview").click();
  await heads(page, /^6 images to upload/);
  await button(page, /6 new/).click();
  await look("preview");
  await button(page, "Upload 6 images…").click();
  await look("question");
  await button(page, "Upload 6 images").click();
  await heads(page, /^Uploading…5 of 6/);
  await look("uploading");
  await page.getByRole("link", { name: /Sheet/ }).click();
  await look("sheet-while-uploading");
  await page.getByRole("link", { name: /Upload/ }).click();
  await button(page, "Stop").click();
  await button(page, "Stop now").waitFor();
  await look("stopping");
  await button(page, "Stop now").click();
  await button(page, "Settle 1 unknown").waitFor();
  await look("ended");
  await button(page, "Settle 1 unknown").click();
  await page.getByLabel("ID of Six").fill("IM_odd");
  await look("unknowns");
}

async function walkAfterwards({ page, look, place }: Walk): Promise<void> {
  await page.getByRole("link", { name: /IDs/ }).click();
  await heads(page, /^4 IDs/);
  await look("ids");
  await button(page, "Export…").click();
  await page.getByLabel("Format").selectOption("loop-merge");
  await page.getByLabel("Group by").selectOption("folder");
  await page.getByText("LOOP_GROUPS_UNEVEN").waitFor();
  await look("export-refused");
  await page.getByLabel("Format").selectOption("embedded");
  await look("export-contacts");
  await page.getByLabel("Format").selectOption("question");
  const rating = Buffer.from("[[Question:MC]]\nNice? {{img:1}}\n[[Choices]]\nYes\n");
  const survey = { name: "rating.txt", mimeType: "text/plain", buffer: rating };
  await page.getByLabel("Survey with your question").setInputFiles(survey);
  await expect.poll(() => page.getByLabel("First lines").textContent()).toContain("IM_");
  await look("export-question");
  await page.getByLabel("Format").selectOption("json");
  await expect.poll(() => page.getByLabel("First lines").textContent()).toContain("IM_");
  await look("export");
  await page.keyboard.press("Escape");
  writeFileSync(join(place, "one.png"), png(99));
  const file = join(place, "m.csv");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^five.*\n/m, ""));
  await button(page, "Reload").click();
  await page.getByRole("link", { name: /Preview/ }).click();
  await button(page, /1 orphan/).click();
  await look("preview-changes");
  await button(page, /^Delete them/).click();
  await page.getByRole("dialog").getByRole("listitem").waitFor();
  await look("deletions");
  await page.keyboard.press("Escape");
  await upload(page, mouse(page), "2 images");
  await heads(page, /^Done/);
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("row").nth(1).waitFor();
  await look("history");
  await button(page, /^Undo… run/)
    .first()
    .click();
  await page.getByRole("dialog").getByRole("listitem").first().waitFor();
  await look("undo");
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Delete/ })
    .click();
  await heads(page, /^Done/);
  await look("deleted");
}
