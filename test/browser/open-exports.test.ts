import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { accessibilityProblems, EXPECTED, inChromium, type OpenPage } from "./chromium.ts";
import { drop } from "./drop-files.ts";
import { mouse } from "./hands.ts";
import { button, heads, upload } from "./open-program.ts";
import { CLIPBOARD, openSheet, said } from "./open-sheet.ts";

const TRIALS = `path,folder,Participant,side
one.png,A,P1,left
two.png,A,P1,right
three.png,A,P2,left
four.png,A,P2,right
`;

/** Uploads four images, two for each participant, and asks for an export. */
async function openExport(open: OpenPage) {
  const { page, directory } = await openSheet(open, { csv: TRIALS, options: CLIPBOARD });
  await button(page, "Preview").click();
  await upload(page, mouse(page), "4 images");
  await heads(page, /^Done/);
  await page.getByRole("link", { name: /IDs/ }).click();
  await button(page, "Export…").click();
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  return { page, read };
}

const shown = (page: Page) => page.getByLabel("First lines").textContent();
const choose = (page: Page, label: string, value: string) =>
  page.getByRole("combobox", { name: label, exact: true }).selectOption(value);

const SURVEY = `[[AdvancedFormat]]

[[Question:MC]]
[[ID:nice]]
How nice is this? {{img:1}}
[[Choices]]
Yes
`;
const FILE = { name: "rating.txt", mimeType: "text/plain", buffer: Buffer.from(SURVEY) };

inChromium(
  "the exports of `qgfx open`",
  {
    "make contacts of the column of the user's own IDs, to copy and to save": async (open) => {
      const { page, read } = await openExport(open);
      await choose(page, "Format", "embedded");
      await expect.poll(() => shown(page)).toBe("");
      expect(await button(page, "Save").last().isDisabled()).toBe(true);
      expect(await accessibilityProblems(page)).toEqual([]);
      await choose(page, "Participant column", "Participant");
      await expect.poll(() => shown(page)).toMatch(/^Participant,graphic_1_id/);
      await choose(page, "Fields by", "side");
      await expect
        .poll(() => shown(page))
        .toMatch(/^Participant,left_id,left_url,right_id,right_url/);
      await button(page, "Copy").last().click();
      const copied = await page.evaluate<string>("navigator.clipboard.readText()");
      expect(copied.match(/^P[12],IM_/gm)).toHaveLength(2);
      await page.getByLabel("Save as").fill("contacts.csv");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await expect.poll(() => said(page)).toBe("Saved as contacts.csv");
      expect(read("contacts.csv").replace("\uFEFF", "").replaceAll("\r\n", "\n")).toBe(copied);
    },
    "copy the user's own question, from a file that is chosen or dropped": async (open) => {
      const { page, read } = await openExport(open);
      await choose(page, "Format", "question");
      await expect.poll(() => shown(page)).toContain("[[Question:DB]]");
      await page.getByLabel("Survey with your question").setInputFiles(FILE);
      await expect.poll(() => shown(page)).toContain("[[ID:nice_1_one_png]]");
      expect(await accessibilityProblems(page)).toEqual([]);
      await button(page, "Use a plain question").click();
      await expect.poll(() => shown(page)).toContain("[[Question:DB]]");
      const pair = SURVEY.replace("{{img:1}}", "{{img:left}} or {{img:right}}");
      const base64 = Buffer.from(pair).toString("base64");
      const file = { name: "pair.txt", base64, type: "text/plain" };
      await drop(page, [file], "[aria-label='Your own question']");
      await page.getByText("Copies of the question in pair.txt").waitFor();
      await page.getByText("No question of pair.txt has an image to change.").waitFor();
      await choose(page, "Group by", "Participant");
      await choose(page, "Fields by", "side");
      await expect.poll(() => shown(page)).toContain("[[ID:nice_2_P2]]");
      expect(await page.getByLabel("Save as").inputValue()).toBe("m.ids.txt");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await expect.poll(() => said(page)).toBe("Saved as m.ids.txt");
      expect(read("m.ids.txt").match(/IM_\w{15}/g)).toHaveLength(4);
    },
  },
  60_000,
  EXPECTED,
);
