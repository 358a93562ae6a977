import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { GIF, png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";
import { accessibilityProblems, inChromium } from "./chromium.ts";

const HOSTILE = `<img src=x onerror="alert(1)">'"&</script>`;

const urlOf = (place: Workplace, file: string) => pathToFileURL(join(place.dir, file)).href;

/** The names of the cards shown, in their order. */
const namesShown = (page: Page) => page.locator(".card:visible .name").allTextContents();

/** Three graphics in the library; the manifest then changes one file, moves one, drops one and adds one. */
async function openChanged(): Promise<Workplace> {
  const place = await openWorkplace();
  for (const seed of [1, 2, 3]) place.write(`${seed}.png`, png(seed));
  place.write(
    "m.csv",
    "path,name,folder\n1.png,one,Alpha\n2.png,two,Alpha\n3.png,three,Alpha\n1.png,same,Alpha\n",
  );
  expect((await place.qgfx("apply", "m.csv", "--yes")).code).toBe(0);
  place.write("2.png", png(20));
  place.write("4.gif", GIF);
  const hostile = HOSTILE.replaceAll('"', '""');
  place.write(
    "m.csv",
    `path,name,folder\n1.png,one,Alpha\n2.png,two,Alpha\n1.png,same,Beta\n4.gif,"${hostile}","${hostile}"\n`,
  );
  return place;
}

async function openPlanned(...options: string[]): Promise<Workplace> {
  const place = await openChanged();
  const run = await place.qgfx("plan", "m.csv", "--html", "plan.html", ...options);
  expect(run).toMatchObject({ code: 0 });
  return place;
}

inChromium("the page of a plan", {
  "shows every row's picture and text as it is, and asks nobody for anything": async (open) => {
    const place = await openPlanned();
    const page = await open("about:blank");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url().slice(0, 20)));
    await page.goto(urlOf(place, "plan.html"));
    expect(await namesShown(page)).toEqual(["two", "same", HOSTILE, "three", "one"]);
    expect(await page.locator(".place bdi").nth(2).textContent()).toBe(HOSTILE);
    const widths = await page
      .locator(".shots > img")
      .evaluateAll((images) => images.map((image) => Reflect.get(image, "naturalWidth")));
    expect(widths).toEqual([1, 1, 1, 1]);
    expect(asked.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  },

  "filters by action, folder and text, sorts, and says how many are left": async (open) => {
    const page = await open(urlOf(await openPlanned(), "plan.html"));
    await page.getByRole("button", { name: "2 replace" }).click();
    expect(await namesShown(page)).toEqual(["two", "same"]);
    await page.locator("#folder").selectOption("Beta");
    expect(await namesShown(page)).toEqual(["same"]);
    await page.getByRole("button", { name: "reset" }).click();
    await page.locator("#text").fill("2.PNG älpha");
    await expect.poll(() => namesShown(page)).toEqual(["two"]);
    expect(await page.getByRole("status").textContent()).toBe("1 of 5 shown");
    await page.locator("#text").fill("nowhere");
    await expect.poll(() => page.getByText("no image fits").isVisible()).toBe(true);
    await page.getByRole("button", { name: "reset" }).click();
    await page.locator("#sort").selectOption("place");
    expect(await namesShown(page)).toEqual(["one", "two", "same", HOSTILE, "three"]);
    await page.locator("#sort").selectOption("name");
    expect(await namesShown(page)).toEqual([HOSTILE, "one", "same", "three", "two"]);
  },

  "fetches a replaced picture only where it was asked to": async (open) => {
    const without = await open(urlOf(await openPlanned(), "plan.html"));
    const pair = (page: Page) => page.locator(".card", { hasText: "two" }).locator("figure");
    expect(await pair(without).allTextContents()).toEqual([
      "not kept here (--html-old fetches it)old",
      "new",
    ]);
    const withOld = await open(urlOf(await openPlanned("--html-old"), "plan.html"));
    const sources = await pair(withOld)
      .locator("img")
      .evaluateAll((images) => images.map((image) => Reflect.get(image, "src")));
    const base64 = (bytes: Buffer) => `data:image/png;base64,${bytes.toString("base64")}`;
    expect(sources).toEqual([base64(png(2)), base64(png(20))]);
  },

  "tells what it left out to stay small": async (open) => {
    const page = await open(urlOf(await openPlanned("--html-pictures", "0"), "plan.html"));
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator(".absent").first().textContent()).toContain("--html-pictures");
  },

  "works from the keyboard": async (open) => {
    const page = await open(urlOf(await openPlanned(), "plan.html"));
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("skip to the images");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    expect(await page.getByRole("button", { pressed: true }).textContent()).toContain("create");
    expect(await namesShown(page)).toEqual([HOSTILE]);
  },

  "can be read without its script, and on paper": async (open) => {
    const url = urlOf(await openPlanned(), "plan.html");
    const still = await open(url, { javaScriptEnabled: false });
    expect(await still.getByRole("listitem").count()).toBe(5);
    expect(await still.locator("#controls").isVisible()).toBe(false);
    const page = await open(url);
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("#controls").isVisible()).toBe(false);
    expect(await namesShown(page)).toHaveLength(5);
  },

  "is made of a manifest with errors, too: they stand on their cards, which come first": async (
    open,
  ) => {
    const place = await openWorkplace();
    place.write("1.png", png(1));
    place.write("2.png", png(2));
    place.write("odd.png", "no picture");
    place.write(
      "m.csv",
      `path,name,folder\n1.png,fine,Alpha\ngone.png,"${HOSTILE.replaceAll('"', '""')}",Alpha\n2.png,odd type,Alpha\nodd.png,odd,\n`,
    );
    const run = await place.qgfx("plan", "m.csv", "--html", "plan.html");
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("page in plan.html");
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(urlOf(place, "plan.html"), { colorScheme });
      expect(await namesShown(page)).toEqual([HOSTILE, "odd", "fine", "odd type"]);
      const cards = page.locator(".card");
      const firstFault = (card: number) => cards.nth(card).locator(".fault").first().textContent();
      expect(await firstFault(0)).toContain(
        "There is no file 'gone.png'. Column 'path'. Check the path",
      );
      expect(await firstFault(1)).toContain("'odd.png' is not an image");
      await page.getByRole("button", { name: "2 to fix" }).click();
      expect(await namesShown(page)).toEqual([HOSTILE, "odd"]);
      expect(await accessibilityProblems(page)).toEqual([]);
    }
    const narrow = await open(urlOf(place, "plan.html"), { viewport: { width: 360, height: 700 } });
    expect(await narrow.evaluate("document.documentElement.scrollWidth")).toBe(360);
    place.write("m.csv", "img,name\na.png,A\n");
    await place.qgfx("plan", "m.csv", "--html", "plan.html");
    const empty = await open(urlOf(place, "plan.html"));
    expect(await empty.locator("header .fault").first().textContent()).toContain("error");
    expect(await accessibilityProblems(empty)).toEqual([]);
  },

  "has no accessibility violations, light, dark or narrow": async (open) => {
    const url = urlOf(await openPlanned("--html-old"), "plan.html");
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(url, { colorScheme });
      expect(await accessibilityProblems(page)).toEqual([]);
    }
    const narrow = await open(url, { viewport: { width: 320, height: 700 } });
    expect(await accessibilityProblems(narrow)).toEqual([]);
    expect(await narrow.evaluate("document.documentElement.scrollWidth")).toBe(320);
  },
});

inChromium("the page of a run", {
  "gives each id with its link and copies it": async (open) => {
    const place = await openChanged();
    const run = await place.qgfx("apply", "m.csv", "--yes", "--html", "run.html");
    expect(run).toMatchObject({ code: 0 });
    const held = (await place.held()).find(({ folder }) => folder === "Beta");
    const page = await open(urlOf(place, "run.html"), {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const card = page.locator(".card", { hasText: "Beta" });
    await card.getByRole("button", { name: /^copy id/ }).click();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(held?.id);
    const link = `${place.sandbox.url}/ControlPanel/Graphic.php?IM=${held?.id}`;
    expect(await card.getByRole("link").getAttribute("href")).toBe(link);
    await page.locator("#action").selectOption("replace");
    await page.getByRole("button", { name: "copy ids shown" }).click();
    await expect.poll(() => page.getByRole("status").textContent()).toBe("copied 2 ids");
    expect(await accessibilityProblems(page)).toEqual([]);
  },

  "shows why a row failed, and holds no token": async (open) => {
    const place = await openWorkplace({
      script: { version: 1, faults: [{ upload: 1, play: { kind: "answer", status: 400 } }] },
    });
    place.write("1.png", png(1));
    place.write("m.csv", "path,folder\n1.png,Alpha\n");
    const run = await place.qgfx("apply", "m.csv", "--yes", "--html", "run.html");
    expect(run).toMatchObject({ code: 3 });
    const page = await open(urlOf(place, "run.html"));
    expect(await page.locator(".error").textContent()).toContain("HTTP 400");
    expect(readFileSync(join(place.dir, "run.html"), "utf8")).not.toContain(place.sandbox.token);
    expect(await accessibilityProblems(page)).toEqual([]);
  },
});
