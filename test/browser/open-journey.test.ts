import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { makeDirectory } from "../support/open-page.ts";
import { service } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import { inChromium, type OpenPage } from "./chromium.ts";
import { type Hands, keyboard, mouse } from "./hands.ts";
import { cell, settled } from "./open-sheet.ts";

/** Nothing here takes so long, but on a busy machine. */
const LIMIT_MS = 120_000;
const STEP_MS = 15_000;
const NAMES = ["daisy", "iris", "poppy", "rose", "tulip"];

/** A directory with a directory of pictures. */
function flowers(): string {
  const directory = makeDirectory();
  mkdirSync(join(directory, "flowers"));
  for (const [index, name] of NAMES.entries()) {
    writeFileSync(join(directory, "flowers", `${name}.png`), png(index + 1));
  }
  return directory;
}

/** The program itself, as a user starts it. */
async function program(directory: string) {
  const env = { XDG_CONFIG_HOME: join(directory, "user-config") };
  const args = [BIN, "open", directory, "--no-open"];
  const running = start(process.execPath, args, { cwd: directory, env });
  const end = async (signal: NodeJS.Signals) => {
    running.child.kill(signal);
    return running.ended;
  };
  onTestFinished(async () => {
    await end("SIGKILL");
    expect(running.said.stderr).not.toContain("bug in qgfx");
  });
  await expect.poll(() => running.said.stdout, { timeout: 30_000 }).toContain("\n");
  const { url } = JSON.parse(running.said.stdout);
  return { url: String(url), end };
}

type Service = Awaited<ReturnType<typeof service>>;

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });

/** Until the screen says this. */
async function heads(page: Page, text: string | RegExp): Promise<void> {
  await expect
    .poll(() => page.getByRole("heading", { level: 1 }).first().textContent(), { timeout: 20_000 })
    .toMatch(text);
}

async function makeSheet(page: Page, { choose, press }: Hands): Promise<void> {
  await choose(page.getByRole("radio", { name: /flowers/ }));
  await press(button(page, "Make a spreadsheet"));
  await settled(page);
}

async function aim(page: Page, { press, choose, write, pick }: Hands, at: Service): Promise<void> {
  await press(button(page, /^Uploads go to:/));
  await choose(page.getByRole("radio", { name: /^Qualtrics/ }));
  await write(page.getByLabel("Data center", { exact: true }), at.url);
  await write(page.getByLabel("API token", { exact: true }), at.token);
  await press(button(page, "Check"));
  await pick(page.getByRole("combobox", { name: "Library" }), at.library);
  await press(button(page, "Use this library"));
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function upload(page: Page, { press }: Hands, count: string): Promise<void> {
  await press(button(page, `Upload ${count}…`));
  await press(button(page, `Upload ${count}`));
}

const sorted = async ({ held }: Service) => (await held()).map(({ name }) => name).sort();

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
    await press(button(page, "Try these 1 again"));
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
