import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Sandbox } from "../../src/sandbox/start-sandbox.ts";
import { BOUNDARY, filePart, folderPart, form, openSandbox } from "../sandbox/sandbox-client.ts";
import { accessibilityProblems, inChromium } from "./chromium.ts";

const HOSTILE = "<img src=x onerror=alert(1)> & friends";

type Part = Parameters<typeof form>[0][number];

async function send({ url, token, library }: Sandbox, ...parts: Part[]): Promise<string> {
  const answer = await fetch(`${url}/API/v3/libraries/${library}/graphics`, {
    method: "POST",
    headers: { "x-api-token": token, "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: new Uint8Array(form(parts)),
  });
  const { result } = (await answer.json()) as { result?: { id: string } };
  return result?.id ?? "";
}

const names = (page: Page) => page.locator(".picture .name").allTextContents();

inChromium("the sandbox's page", {
  "shows an empty library as one": async (open) => {
    const page = await open((await openSandbox()).url);
    await expect.poll(() => page.getByText("nothing here yet").isVisible()).toBe(true);
    await expect
      .poll(() => page.getByRole("status").textContent())
      .toBe("0 images in 0 folders, 0 requests");
    expect(await accessibilityProblems(page)).toEqual([]);
  },

  "shows pictures by folder as they come and go": async (open) => {
    const sandbox = await openSandbox();
    const page = await open(sandbox.url);
    const first = await send(sandbox, filePart("sun.gif"), folderPart("Weather"));
    await expect.poll(() => names(page)).toEqual(["sun.gif"]);
    await send(sandbox, filePart(HOSTILE), folderPart(HOSTILE));
    await expect.poll(() => names(page)).toEqual(["sun.gif", HOSTILE]);
    expect(await page.locator("h3 bdi").allTextContents()).toEqual(["Weather", HOSTILE]);
    const image = page.getByRole("img", { name: "sun.gif" });
    await expect.poll(() => image.evaluate((one) => Reflect.get(one, "naturalWidth"))).toBe(1);
    await fetch(`${sandbox.url}/API/v3/libraries/${sandbox.library}/graphics/${first}`, {
      method: "DELETE",
      headers: { "x-api-token": sandbox.token },
    });
    await expect.poll(() => names(page)).toEqual([HOSTILE]);
    expect(await page.locator("h3 bdi").allTextContents()).toEqual([HOSTILE]);
  },

  "tells how each request was understood, the newest first": async (open) => {
    const sandbox = await openSandbox();
    const folderFile: Part = {
      headers: ['Content-Disposition: form-data; name="folder"; filename="folder"'],
      content: "X",
    };
    const id = await send(sandbox, filePart("sun.gif"), folderFile);
    await fetch(`${sandbox.url}/API/v3/whoami`);
    const page = await open(sandbox.url);
    const requests = page.locator("#requests > li");
    await expect.poll(() => requests.count()).toBe(2);
    expect(await requests.first().textContent()).toMatch(/^#2 400 .*GET \/API\/v3\/whoami$/);
    const upload = requests.last();
    expect(await upload.locator(".notes li").allTextContents()).toEqual([
      "file: the image 'sun.gif', declared as image/gif",
      "folder: folder came as a file part: ignored, as the real service does",
      `stored as ${id}`,
    ]);
    expect(await page.locator("h3 bdi").allTextContents()).toEqual(["Uncategorized"]);
  },

  "lists names and ids that are copied as lines of a name, a tab and an id": async (open) => {
    const sandbox = await openSandbox();
    const sent = ["sun.gif", "  two  blanks.gif", HOSTILE, "Größe 日本.gif"];
    const ids: string[] = [];
    for (const name of sent) ids.push(await send(sandbox, filePart(name), folderPart("Weather")));
    const permissions = ["clipboard-read", "clipboard-write"];
    const page = await open(`${sandbox.url}/sandbox/ids`, { permissions });
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Control+C");
    const text = String(await page.evaluate("navigator.clipboard.readText()"));
    const lines = text.split(/\r?\n/).filter((line) => line !== "");
    expect(lines).toEqual(sent.map((name, index) => `${name}\t${ids[index]}`));
    expect(await accessibilityProblems(page)).toEqual([]);
  },

  "copies an id, works with assistive technology, and holds no token": async (open) => {
    const sandbox = await openSandbox();
    const id = await send(sandbox, filePart("sun.gif"), folderPart("Weather"));
    const permissions = ["clipboard-read", "clipboard-write"];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open(sandbox.url, { permissions, colorScheme });
      await page.getByRole("button", { name: "copy id of sun.gif" }).click();
      expect(await page.evaluate("navigator.clipboard.readText()")).toBe(id);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.content()).not.toContain(sandbox.token);
    }
  },
});
