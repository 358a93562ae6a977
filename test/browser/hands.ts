import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** What a person does with a page. */
export interface Hands {
  /** Presses a button or follows a link. */
  press(target: Locator): Promise<void>;
  /** Chooses among radio buttons. */
  choose(radio: Locator): Promise<void>;
  /** Writes into a field, in place of what is there. */
  write(field: Locator, text: string): Promise<void>;
  /** Picks an entry of a list by its value. */
  pick(list: Locator, value: string): Promise<void>;
  /** Gives a cell of the grid another text. */
  edit(cell: Locator, text: string): Promise<void>;
}

/** The pointer does all but the writing. */
export function mouse(page: Page): Hands {
  return {
    press: (target) => target.click(),
    choose: (radio) => radio.click(),
    write: async (field, text) => {
      await field.click({ clickCount: 3 });
      await page.keyboard.type(text);
    },
    // The open list is the browser's own window, out of reach here.
    pick: async (list, value) => void (await list.selectOption(value)),
    edit: async (cell, text) => {
      await cell.dblclick();
      await cell.locator("textarea").click({ clickCount: 3 });
      await page.keyboard.type(text);
      await page.getByRole("button", { name: /Save and preview|Preview$/ }).hover();
      await page.locator(".grid-body .row .cell.image").last().click();
    },
  };
}

/** No pointer anywhere: what Tab and the arrows do not reach cannot be used. */
export function keyboard(page: Page): Hands {
  const { keyboard: keys } = page;
  return {
    press: async (target) => {
      await reach(page, target);
      await keys.press("Enter");
    },
    choose: async (radio) => {
      await radio.waitFor();
      const name = await radio.getAttribute("name");
      await reach(page, page.locator(`input[type=radio][name='${name}']`));
      await repeat(keys, "ArrowDown", () => radio.isChecked());
      if (!(await radio.isChecked())) await keys.press("Space");
    },
    write: async (field, text) => {
      await reach(page, field);
      await keys.press("Control+A");
      await keys.type(text);
    },
    pick: async (list, value) => {
      await reach(page, list);
      await keys.press("Home");
      await repeat(keys, "ArrowDown", async () => (await list.inputValue()) === value);
    },
    edit: async (cell, text) => {
      await reach(page, page.locator(".grid-body [tabindex='0']"));
      await keys.press("Control+Home");
      const row = Number(await cell.locator("xpath=..").getAttribute("data-row"));
      const column = Number(await cell.getAttribute("data-column"));
      for (let step = 0; step < row; step += 1) await keys.press("ArrowDown");
      await keys.press("Home");
      for (let step = 0; step < column; step += 1) await keys.press("ArrowRight");
      await expect.poll(() => isFocused(cell)).toBe(true);
      await keys.press("F2");
      await expect.poll(() => isFocused(cell.locator("textarea"))).toBe(true);
      await keys.press("Control+A");
      await keys.type(text);
      await keys.press("Enter");
    },
  };
}

/** More stops than any screen of few rows has. */
const MOST_TABS = 80;

/** Presses Tab until one of these has the focus. */
async function reach(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor();
  await expect.poll(() => target.first().isEnabled()).toBe(true);
  const passed: string[] = [];
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await isFocused(target)) return;
    await page.keyboard.press("Tab");
    passed.push(await page.evaluate<string>("document.activeElement.outerHTML.slice(0, 60)"));
  }
  throw new Error(`Tab does not reach ${target}, only ${passed.join("\n")}`);
}

async function isFocused(target: Locator): Promise<boolean> {
  const focused = await target.evaluateAll((all) =>
    all.some((one) => one === one.ownerDocument.activeElement),
  );
  return focused;
}

async function repeat(
  keys: Page["keyboard"],
  key: string,
  isThere: () => Promise<boolean>,
): Promise<void> {
  for (let times = 0; times < MOST_TABS && !(await isThere()); times += 1) await keys.press(key);
}
