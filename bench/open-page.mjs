// How long the page of `qgfx open` takes to show a sheet, to scroll it and to take an edit, in Chromium.
//
//   npm run build && node bench/open-page.mjs [rows] [bytes per picture] [rounds]
//
// Chromium is /usr/bin/chromium, or what CHROMIUM names.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { makePictures, writeManifest } from "./material.mjs";
import { median } from "./measure.mjs";

const QGFX = process.env.QGFX_BIN ?? join(import.meta.dirname, "../dist/bin/qgfx.js");
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const [rows = 2_000, pictureBytes = 30_000, rounds = 7] = process.argv.slice(2).map(Number);

const folder = mkdtempSync(join(tmpdir(), "qgfx-bench-"));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS.split(" "),
});
try {
  writeManifest(join(folder, "big.csv"), makePictures(folder, rows, pictureBytes));
  const taken = [];
  for (let round = 0; round < rounds; round += 1) taken.push(await measure());
  say(`${rows} rows, pictures of ${pictureBytes} bytes, ${rounds} rounds: median, and the longest`);
  for (const what of Object.keys(taken[0])) {
    const times = taken.map((round) => round[what]);
    say(`${what.padEnd(44)} ${ms(median(times))} ${ms(Math.max(...times))}`);
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}

/** One start of the program and one visit, in ms by what is done. */
async function measure() {
  const start = performance.now();
  const program = spawn(process.execPath, [QGFX, "open", "big.csv", "--no-open", "--port", "0"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const [line] = await once(program.stdout.setEncoding("utf8"), "data");
    const started = performance.now();
    const page = await context.newPage();
    await page.goto("about:blank");
    const asked = performance.now();
    await page.goto(JSON.parse(line).url);
    await page.locator("[data-row='0'] .cell.path .text").waitFor();
    const shown = performance.now();
    await page.locator(".foot .summary", { hasText: /\d (problem|warn|no)|no prob/ }).waitFor();
    const checked = performance.now();
    const frames = await page.evaluate(scroll);
    await page.locator(".grid-body .cell.name").last().dblclick();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("another name");
    const typed = performance.now();
    await page.keyboard.press("Enter");
    await page.locator(".saved", { hasText: "Draft kept" }).waitFor();
    const kept = performance.now();
    return {
      "start, until it prints its address": started - start,
      "first view: the rows stand there": shown - asked,
      "every row and picture checked": checked - asked,
      "a frame of scrolling, median": frames.medianMs,
      "a frame of scrolling, one in twenty is longer": frames.slowMs,
      "an edit, until it is kept": kept - typed,
    };
  } finally {
    await context.close();
    program.kill();
    await once(program, "exit");
    rmSync(join(folder, ".qgfx"), { recursive: true, force: true });
  }
}

/** Runs in the page: two hundred steps from top to bottom, one a frame. */
async function scroll() {
  const grid = document.querySelector("[role=grid]");
  const times = [];
  let last = performance.now();
  for (let step = 1; step <= 200; step += 1) {
    grid.scrollTop = (grid.scrollHeight * step) / 200;
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  return { medianMs: times[100], slowMs: times[190] };
}

function ms(value) {
  return `${value.toFixed(0)} ms`.padStart(9);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
