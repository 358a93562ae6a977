import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { makeDirectory } from "../support/open-page.ts";
import type { service } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import type { Hands } from "./hands.ts";
import { settled } from "./open-sheet.ts";

/** Nothing in these tests takes so long, but on a busy machine. */
export const LIMIT_MS = 120_000;
/** Nor any step of them. */
export const STEP_MS = 15_000;
const NAMES = ["daisy", "iris", "poppy", "rose", "tulip"];

/** A directory with a directory of pictures. */
export function flowers(): string {
  const directory = makeDirectory();
  mkdirSync(join(directory, "flowers"));
  for (const [index, name] of NAMES.entries()) {
    writeFileSync(join(directory, "flowers", `${name}.png`), png(index + 1));
  }
  return directory;
}

/** The program itself, as a user starts it. */
export async function program(directory: string) {
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

export type Service = Awaited<ReturnType<typeof service>>;

/** A button by its name. */
export const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, ...(typeof name === "string" && { exact: true }) });

/** Until the screen says this. */
export async function heads(page: Page, text: string | RegExp): Promise<void> {
  await expect
    .poll(() => page.getByRole("heading", { level: 1 }).first().textContent(), { timeout: 20_000 })
    .toMatch(text);
}

/** Makes a sheet of the directory of pictures. */
export async function makeSheet(page: Page, { choose, press }: Hands): Promise<void> {
  await choose(page.getByRole("radio", { name: /flowers/ }));
  await press(button(page, "Make a spreadsheet"));
  await settled(page);
}

/** Points uploads at a service. */
export async function aim(
  page: Page,
  { press, choose, write, pick }: Hands,
  at: Service,
): Promise<void> {
  await press(button(page, /^Uploads go to:/));
  await choose(page.getByRole("radio", { name: /^Qualtrics/ }));
  await write(page.getByLabel("Data center", { exact: true }), at.url);
  await write(page.getByLabel("API token", { exact: true }), at.token);
  await press(button(page, "Check"));
  await pick(page.getByRole("combobox", { name: "Library" }), at.library);
  await press(button(page, "Use this library"));
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** From the preview through the question. */
export async function upload(page: Page, { press }: Hands, count: string): Promise<void> {
  await press(button(page, `Upload ${count}…`));
  await press(button(page, `Upload ${count}`));
}

/** Names of what the service holds. */
export const sorted = async ({ held }: Service) => (await held()).map(({ name }) => name).sort();
