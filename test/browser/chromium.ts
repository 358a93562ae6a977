import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

// A browser that asks nobody but the page at hand.
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Opens a page of its own; it is closed, and what it complained of asserted, when the test ends. */
export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<Page>;

/** Tests in a real Chromium, by name; where there is none, the run says which were left out. `limitMs`: for long ones. */
export function inChromium(
  title: string,
  tests: Readonly<Record<string, (open: OpenPage) => Promise<void>>>,
  limitMs?: number,
): void {
  if (!existsSync(CHROMIUM)) {
    const names = Object.keys(tests).map((name) => `  - ${title}: ${name}`);
    process.stderr.write(`left out, for there is no ${CHROMIUM}:\n${names.join("\n")}\n`);
  }
  describe.skipIf(!existsSync(CHROMIUM))(title, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS.split(" ") });
    });
    afterAll(() => browser.close());
    for (const [name, test] of Object.entries(tests)) {
      it(name, () => withPages(browser, test), limitMs);
    }
  });
}

async function withPages(browser: Browser, test: (open: OpenPage) => Promise<void>): Promise<void> {
  const complaints: string[] = [];
  const contexts: { close(): Promise<void> }[] = [];
  try {
    await test(async (url, options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
      page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
      await page.goto(url);
      return page;
    });
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
  expect(complaints).toEqual([]);
}

/** What axe finds wrong for people who use a keyboard or a screen reader. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
