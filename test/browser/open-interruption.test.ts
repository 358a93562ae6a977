import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { openPage } from "../support/open-page.ts";
import { service, sheetOf } from "../support/open-sheet.ts";
import { png } from "../support/pictures.ts";
import { EXPECTED, inChromium, type OpenPage } from "./chromium.ts";
import { mouse } from "./hands.ts";
import {
  aim,
  button,
  flowers,
  heads,
  LIMIT_MS,
  makeSheet,
  program,
  type Service,
  STEP_MS,
  sorted,
  upload,
} from "./open-program.ts";
import { cell, openSheet, settled } from "./open-sheet.ts";

const ALL = ["daisy.png", "iris.png", "poppy.png", "rose.png", "tulip.png"];

/** A way to a service that can be shut: what is sent then waits until it is open again. */
async function valve(at: Service) {
  const sockets = new Set<{ socket: Socket; onward: Socket }>();
  let isOpen = true;
  const server = createServer((socket) => {
    const onward = connect(Number(new URL(at.url).port), "127.0.0.1");
    const pair = { socket, onward };
    sockets.add(pair);
    for (const one of [socket, onward]) {
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(pair);
        socket.destroy();
        onward.destroy();
      });
    }
    onward.pipe(socket);
    if (isOpen) socket.pipe(onward);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.close();
    for (const { socket } of sockets) socket.destroy();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn: (opens: boolean) => {
      isOpen = opens;
      for (const { socket, onward } of sockets) {
        if (opens) socket.pipe(onward);
        else socket.unpipe(onward);
      }
    },
  };
}

/** A process whose page has a sheet of pictures, to be uploaded to that service. */
async function ready(open: OpenPage, at: Service) {
  const directory = flowers();
  const running = await program(directory);
  const page = await open(running.url);
  page.setDefaultTimeout(STEP_MS);
  const hands = mouse(page);
  await makeSheet(page, hands);
  await aim(page, hands, at);
  return { directory, running, page, hands };
}

async function reloadInRun(open: OpenPage): Promise<void> {
  const at = await service();
  const way = await valve(at);
  const { page, hands, running } = await ready(open, { ...at, url: way.url });
  await button(page, "Preview").click();
  await heads(page, /^5 images to upload/);
  way.turn(false);
  await upload(page, hands, "5 images");
  await heads(page, /^Uploading…0 of 5/);
  await page.reload();
  await heads(page, /^Uploading…0 of 5/);
  await page.getByRole("link", { name: /Sheet/ }).click();
  expect(await cell(page, 0, "name").getAttribute("aria-readonly")).toBe("true");
  await page.close();
  way.turn(true);
  await expect.poll(() => sorted(at), { timeout: STEP_MS }).toEqual(ALL);
  const again = await open(running.url);
  await again.getByRole("link", { name: /Upload/ }).click();
  await heads(again, "Done: 5 images uploaded");
}

async function twoTabs(open: OpenPage): Promise<void> {
  const { url } = await program(flowers());
  const page = await open(url);
  await makeSheet(page, mouse(page));
  const other = await page.context().newPage();
  await other.goto(url);
  await settled(other);
  await mouse(page).edit(cell(page, 0, "name"), "Bellis");
  await expect.poll(() => cell(other, 0, "name").textContent()).toContain("Bellis");
  await button(other, "Undo").click();
  await expect.poll(() => cell(page, 0, "name").textContent()).toContain("daisy.png");
  await expect.poll(() => page.locator(".saved").textContent()).toBe("Saved");
}

async function changedImage(open: OpenPage): Promise<void> {
  const { page, directory } = await openSheet(open);
  expect(png(200)).toHaveLength(png(1).length);
  const drawn = () => page.locator(".thumb canvas.is-drawn").first().evaluate(firstPixel);
  await expect.poll(drawn).toBe(1);
  writeFileSync(join(directory, "one.png"), png(200));
  await page.evaluate("window.dispatchEvent(new Event('focus'))");
  await expect.poll(drawn).toBe(200);
}

/** How red the first pixel of a canvas is. */
function firstPixel(canvas: Element): number | undefined {
  type Drawn = Element & {
    getContext(kind: "2d"): { getImageData(...area: number[]): { data: ArrayLike<number> } };
  };
  return (canvas as Drawn).getContext("2d").getImageData(0, 0, 1, 1).data[0];
}

async function killInRun(open: OpenPage): Promise<void> {
  const at = await service({
    faults: [
      { name: "rose.png", times: 1, play: { kind: "stall", store: true } },
      { name: "tulip.png", times: 1, play: { kind: "stall" } },
    ],
  });
  const { directory, running, page, hands } = await ready(open, at);
  await button(page, "Preview").click();
  await upload(page, hands, "5 images");
  await heads(page, /^Uploading…3 of 5/);
  await page.close();
  await running.end("SIGKILL");

  const second = await program(directory);
  const draft = await reopen(open, second.url);
  await mouse(draft).edit(cell(draft, 0, "name"), "Bellis");
  await settled(draft);
  expect(await draft.locator(".saved").textContent()).toBe("Draft kept");
  await draft.close();
  await second.end("SIGKILL");

  const third = await program(directory);
  const last = await reopen(open, third.url);
  expect(await last.locator(".banners").textContent()).toMatch(/^Unsaved changes of .* are still/);
  expect(await cell(last, 0, "name").textContent()).toContain("Bellis");
  await button(last, "Discard").click();
  await expect.poll(() => cell(last, 0, "name").textContent()).toContain("daisy.png");
  await settled(last);
  await button(last, "Preview").click();
  await heads(last, "Nothing to upload");
  await button(last, "Settle unknowns").click();
  await expect.poll(() => button(last, "Not in the library").count()).toBe(2);
  const rose = (await at.held()).find(({ name }) => name === "rose.png");
  await last.getByLabel("ID of rose.png").fill(rose?.id ?? "");
  await button(last, "It has this ID").first().click();
  await expect.poll(() => button(last, "Not in the library").count()).toBe(1);
  await button(last, "Not in the library").click();
  await heads(last, "No unknowns");
  await button(last, "To the preview").click();
  await heads(last, /^1 image to upload/);
  await upload(last, mouse(last), "1 image");
  await heads(last, "Done: 1 image uploaded");
  expect(await sorted(at)).toEqual(ALL);
}

/** A run of many images, shown under way. */
async function manyUnderWay(open: OpenPage, at: Service, count: number) {
  const { server } = await openPage(sheetOf(count));
  const page = await open(server.url);
  page.setDefaultTimeout(STEP_MS);
  await button(page, "Open").click();
  await settled(page);
  await aim(page, mouse(page), at);
  await button(page, "Preview").click();
  await upload(page, mouse(page), `${count} images`);
  return page;
}

async function stopInOrder(open: OpenPage): Promise<void> {
  const at = await service({ latencyMs: 400 });
  const page = await manyUnderWay(open, at, 200);
  await heads(page, /^Uploading…[1-9]/);
  await button(page, "Stop").click();
  await heads(page, /^Stopping…/);
  await heads(page, "Stopped");
  const counts = page.locator(".counts");
  expect(await counts.textContent()).not.toContain("unknown");
  const held = (await at.held()).length;
  expect(held).toBeLessThan(200);
  expect(await counts.textContent()).toContain(`${held} uploaded`);
  await button(page, `Upload the other ${200 - held}`).click();
  await button(page, `Upload ${200 - held} images`).click();
  await heads(page, `Done: ${200 - held} images uploaded`);
  expect(new Set(await sorted(at)).size).toBe(200);
  expect(await at.held()).toHaveLength(200);
}

async function stopAtOnce(open: OpenPage): Promise<void> {
  const stall = { kind: "stall", store: true };
  const at = await service({ faults: [{ name: "p2.png", times: 1, play: stall }] });
  const page = await manyUnderWay(open, at, 3);
  await heads(page, /^Uploading…2 of 3/);
  await button(page, "Stop").click();
  await heads(page, /^Stopping…/);
  await page.getByText("Images already on their way are waited for.").waitFor();
  await button(page, "Stop now").click();
  await heads(page, "Stopped");
  expect(await page.locator(".counts").textContent()).toMatch(/2 uploaded.*1 unknown/);
  await button(page, "Settle 1 unknown").click();
  await button(page, "Not in the library").waitFor();
}

async function endInMidWork(open: OpenPage): Promise<void> {
  const directory = flowers();
  const running = await program(directory);
  const page = await open(running.url);
  await makeSheet(page, mouse(page));
  await running.end("SIGINT");
  await page.locator(".banners").getByText("qgfx has stopped").waitFor();
  expect(await cell(page, 0, "name").getAttribute("aria-readonly")).toBe("true");
  for (const name of ["Folder", "Rename", "Add images", "Preview", "Save"]) {
    expect([name, await button(page, name).isDisabled()]).toEqual([name, true]);
  }
}

async function keepRecovered(open: OpenPage): Promise<void> {
  const directory = flowers();
  const first = await program(directory);
  const page = await open(first.url);
  await makeSheet(page, mouse(page));
  await mouse(page).edit(cell(page, 0, "name"), "Bellis");
  await settled(page);
  await page.close();
  await first.end("SIGKILL");
  const second = await program(directory);
  const again = await reopen(open, second.url);
  await again.getByText(/^Unsaved changes of /).waitFor();
  await button(again, "Keep").click();
  await again.getByText(/^Unsaved changes of /).waitFor({ state: "detached" });
  expect(await cell(again, 0, "name").textContent()).toContain("Bellis");
  await button(again, "Save").click();
  await expect.poll(() => again.locator(".saved").textContent()).toBe("Saved");
  expect(readFileSync(join(directory, "flowers.csv"), "utf8")).toContain("Bellis");
  await again.close();
  await second.end("SIGKILL");
  const last = await reopen(open, (await program(directory)).url);
  expect(await last.locator(".banners").textContent()).toBe("");
  expect(await cell(last, 0, "name").textContent()).toContain("Bellis");
}

async function reopen(open: OpenPage, url: string) {
  const page = await open(url);
  page.setDefaultTimeout(STEP_MS);
  await page.getByRole("radio", { name: /flowers\.csv/ }).check();
  await button(page, "Open").click();
  await settled(page);
  return page;
}

inChromium(
  "`qgfx open`, when something comes between",
  {
    "goes on with a run whose page is reloaded or closed, and shows it": reloadInRun,
    "shows in one tab what is done in another": twoTabs,
    "shows an image anew that another program has changed": changedImage,
    "stops in order, and goes on with the rest later": stopInOrder,
    "stops at once, and asks what became of the rest": stopAtOnce,
    "says that the process has ended, and lets nothing be edited": endInMidWork,
    "offers a draft that a killed process left, and keeps it": keepRecovered,
    "keeps drafts and unknowns after kill -9 in mid-run, and sends nothing twice": killInRun,
  },
  LIMIT_MS,
  EXPECTED,
);
