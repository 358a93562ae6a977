import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { service } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { inChromium, type OpenPage } from "./chromium.ts";
import { type Hands, keyboard, mouse } from "./hands.ts";
import {
  aim,
  button,
  flowers,
  heads,
  LIMIT_MS,
  makeSheet,
  program,
  STEP_MS,
  sorted,
  upload,
} from "./open-program.ts";
import { cell, settled } from "./open-sheet.ts";

function journey(handsOf: (page: Page) => Hands) {
  return async (open: OpenPage) => {
    const directory = flowers();
    const at = await service({
      faults: [
        { upload: 1, play: { kind: "answer", status: 429 } },
        { name: "poppy.png", times: 1, play: { kind: "answer", status: 400 } },
        { name: "rose.png", times: 1, play: { kind: "reset", at: "after-store" } },
      ],
    });
    const { url, end } = await program(directory);
    const page = await open(url);
    page.setDefaultTimeout(STEP_MS);
    const hands = handsOf(page);
    const { press, edit, write } = hands;

    await makeSheet(page, hands);
    await press(button(page, "Folder"));
    await write(page.getByLabel("Folder in the library"), "Spring");
    await press(button(page, "Set for 5 images"));
    await edit(cell(page, 4, "name"), "Tulip in spring");
    await settled(page);
    await edit(cell(page, 1, "path"), "flowers/Iris.PNG");
    await settled(page);
    await press(button(page, /^Problems/));
    await press(button(page, "Repair"));
    await settled(page);
    await expect.poll(() => cell(page, 1, "path").textContent()).toBe("flowers/iris.png");
    await press(button(page, "Save"));
    await expect.poll(() => page.locator(".saved").textContent()).toBe("Saved");
    const sheet = readFileSync(join(directory, "flowers.csv"), "utf8");
    expect(sheet).toContain("Tulip in spring");
    expect(sheet).toContain("iris.png");

    await aim(page, hands, at);
    await press(button(page, "Preview"));
    await heads(page, /^5 images to upload/);
    await upload(page, hands, "5 images");
    await heads(page, "Ended, with rows that need attention");
    expect(await sorted(at)).toEqual(["Tulip in spring", "daisy.png", "iris.png", "rose.png"]);

    await press(button(page, "Settle 1 unknown"));
    const rose = (await at.held()).find(({ name }) => name === "rose.png");
    await write(page.getByLabel("ID of rose.png"), rose?.id ?? "");
    await press(button(page, "It has this ID"));
    await heads(page, "No unknowns");
    await press(page.getByRole("link", { name: /Upload/ }));
    await press(button(page, "Try it again"));
    await press(button(page, "Upload 1 image"));
    await heads(page, "Done: 1 image uploaded");
    const all = ["Tulip in spring", "daisy.png", "iris.png", "poppy.png", "rose.png"];
    expect(await sorted(at)).toEqual(all);

    await press(button(page, "See IDs"));
    await heads(page, /^5 IDs/);
    await press(button(page, "Export…"));
    const first = page.getByRole("region", { name: "First lines" });
    await expect.poll(() => first.textContent()).toContain(rose?.id);
    await write(page.getByLabel("Save as"), "ids.txt");
    await press(page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }));
    await expect.poll(() => existsSync(join(directory, "ids.txt"))).toBe(true);
    const exported = readFileSync(join(directory, "ids.txt"), "utf8");
    for (const { id } of await at.held()) expect(exported).toContain(id);

    writeFileSync(join(directory, "flowers", "iris.png"), png(99));
    await press(page.getByRole("link", { name: /Preview/ }));
    await heads(page, /^1 image to upload/);
    await upload(page, hands, "1 image");
    await heads(page, "Done: 1 image uploaded");
    const twice = await at.held();
    expect(twice).toHaveLength(6);
    const irises = twice.filter(({ name }) => name === "iris.png").map(({ id }) => id);
    expect(new Set(irises).size).toBe(2);

    await press(page.getByRole("link", { name: "History" }));
    await press(button(page, /^Undo… run/).first());
    const list = page.getByRole("dialog").getByRole("listitem");
    await expect.poll(() => list.count()).toBe(1);
    const gone = irises.find((id) => id !== twice.find(({ name }) => name === "iris.png")?.id);
    expect(await list.textContent()).toContain(gone);
    await press(button(page, "Delete 1 graphic"));
    await heads(page, "Done: 1 graphic deleted");
    expect(await sorted(at)).toEqual(all);
    expect((await at.held()).map(({ id }) => id)).not.toContain(gone);

    await page.close();
    expect(await end("SIGINT")).toMatchObject({ code: 0 });
  };
}

inChromium(
  "the whole way of `qgfx open`, from pictures to IDs and back",
  { "by mouse alone": journey(mouse), "by keyboard alone": journey(keyboard) },
  LIMIT_MS,
);
