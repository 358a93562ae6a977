import type { Page } from "playwright-core";
import { expect } from "vitest";
import { accessibilityProblems, EXPECTED, inChromium } from "./chromium.ts";
import { walkStates } from "./open-states.ts";

/** What another color scheme can break. */
const COLORS = ["color-contrast", "link-in-text-block"];

/** Each with the rules it is looked at by; none: all. Elements are others under 720 px, and the same at 1440 and 3840. */
const LOOKS = [
  { width: 1440, colorScheme: "light" },
  { width: 1440, colorScheme: "dark", rules: COLORS },
  { width: 360, colorScheme: "dark" },
  { width: 360, colorScheme: "light", rules: COLORS },
  { width: 3840, colorScheme: "light", rules: ["scrollable-region-focusable"] },
  { width: 3840, colorScheme: "dark", rules: COLORS },
] as const;

async function problemsIn(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const { width, colorScheme, ...look } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const found = await accessibilityProblems(page, "rules" in look ? look.rules : undefined);
    const isWider = await page.evaluate<boolean>(
      "document.documentElement.scrollWidth > innerWidth",
    );
    const moving = await page.evaluate<number>("document.getAnimations().length");
    if (isWider) found.push("it is wider than the window");
    if (moving > 0) found.push("something moves");
    problems.push(...found.map((one) => `${width} ${colorScheme}: ${one}`));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  return problems;
}

inChromium(
  "`qgfx open`, whatever it shows",
  {
    "has nothing that axe finds fault with, light or dark, from 360 px to 4K": async (open) => {
      const problems: string[] = [];
      await walkStates(open, async (state, page) => {
        problems.push(...(await problemsIn(page)).map((one) => `${state} ${one}`));
      });
      expect(problems).toEqual([]);
    },
  },
  400_000,
  EXPECTED,
);
