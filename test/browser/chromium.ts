import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

// A browser that asks nobody but the page at hand.
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** What the console says of refusals that the page shows, and of a process that has ended. */
export const EXPECTED =
  /^Failed to load resource: .*(\b(409|422)\b|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET)/;

/** Opens a page of its own; it is closed, and what it complained of asserted, when the test ends. */
export type OpenPage = (url: string, options?: BrowserContextOptions) => Promise<Page>;

/**
 * Tests in a real Chromium, by name; where there is none, the run says which were left out. `limitMs`: for long ones;
 * `expected`: what the console may complain of.
 */
export function inChromium(
  title: string,
  tests: Readonly<Record<string, (open: OpenPage) => Promise<void>>>,
  limitMs?: number,
  expected?: RegExp,
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
      it(name, () => withPages(browser, test, expected), limitMs);
    }
  });
}

async function withPages(
  browser: Browser,
  test: (open: OpenPage) => Promise<void>,
  expected?: RegExp,
): Promise<void> {
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
  expect(complaints.filter((text) => !expected?.test(text))).toEqual([]);
}

/** What axe finds wrong for people who use a keyboard or a screen reader; by these rules alone, if they are given. */
export async function accessibilityProblems(
  page: Page,
  rules?: readonly string[],
): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const options = JSON.stringify(rules ? { runOnly: { type: "rule", values: rules } } : {});
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[];
  }>(`axe.run(document, { resultTypes: ["violations"], preload: false, ...${options} })`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
