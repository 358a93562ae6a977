// How long the page of `plan --html` takes to open and to scroll, in Chromium.
//
//   npm run build && node bench/html-page.mjs [rows] [bytes per picture]
//
// Chromium is /usr/bin/chromium, or what CHROMIUM names.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { chromium } from "playwright-core";

const QGFX = process.env.QGFX_BIN ?? join(import.meta.dirname, "../dist/bin/qgfx.js");
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const rows = Number(process.argv[2] ?? 2000);
const pictureBytes = Number(process.argv[3] ?? 8000);

const folder = mkdtempSync(join(tmpdir(), "qgfx-bench-"));
try {
  writePictures();
  const page = join(folder, "plan.html");
  const planMs = timed(() =>
    execFileSync(process.execPath, [QGFX, "plan", "big.csv", "--sandbox", "--html", page], {
      cwd: folder,
      stdio: "ignore",
    }),
  );
  const megabytes = statSync(page).size / 1024 / 1024;
  say(`${rows} rows, pictures of ${pictureBytes} bytes: a page of ${megabytes.toFixed(1)} MB`);
  say(`plan --html           ${planMs.toFixed(0)} ms`);
  await measure(page);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(file) {
  const browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS.split(" "),
    viewport: { width: 1280, height: 900 },
  });
  const page = await browser.newPage();
  await page.goto("about:blank");
  await page.goto(pathToFileURL(file).href);
  const opened = await page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const [{ domInteractive, loadEventEnd }] = performance.getEntriesByType("navigation");
    return { domInteractive, loadEventEnd, drawn: performance.now() };
  });
  say(`interactive           ${opened.domInteractive.toFixed(0)} ms`);
  say(`loaded                ${opened.loadEventEnd.toFixed(0)} ms`);
  const { frames, longestMs, medianMs } = await page.evaluate(scroll);
  say(`scroll to the end     ${frames} frames, median ${medianMs} ms, longest ${longestMs} ms`);
  const filterMs = await page.evaluate(async () => {
    const text = document.querySelector("#text");
    text.value = "77";
    const start = performance.now();
    text.dispatchEvent(new Event("input"));
    await new Promise((done) => setTimeout(done, 130));
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return performance.now() - start - 130;
  });
  say(`first text filter     ${filterMs.toFixed(0)} ms`);
  const sortMs = await page.evaluate(async () => {
    document.querySelector("#reset").click();
    const select = document.querySelector("#sort");
    const start = performance.now();
    select.value = "name";
    select.dispatchEvent(new Event("change"));
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    return performance.now() - start;
  });
  say(`reset and sort        ${sortMs.toFixed(0)} ms`);
  await browser.close();
}

/** Runs in the page: two hundred steps from top to bottom, one a frame. */
async function scroll() {
  const times = [];
  const steps = 200;
  let last = performance.now();
  for (let step = 1; step <= steps; step += 1) {
    window.scrollTo(0, (document.documentElement.scrollHeight * step) / steps);
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  times.sort((a, b) => a - b);
  return {
    frames: steps,
    longestMs: Math.round(times[steps - 1]),
    medianMs: Math.round(times[steps / 2]),
  };
}

function writePictures() {
  const lines = ["path,name,folder"];
  for (let index = 0; index < rows; index += 1) {
    const dir = `folder-${index % 40}`;
    mkdirSync(join(folder, dir), { recursive: true });
    writeFileSync(join(folder, dir, `${index}.png`), noise(pictureBytes));
    lines.push(`${dir}/${index}.png,Picture ${index},${dir}`);
  }
  writeFileSync(join(folder, "big.csv"), `${lines.join("\n")}\n`);
}

/** A PNG of random grey pixels, which do not compress. */
function noise(sizeBytes) {
  const side = Math.max(8, Math.round(Math.sqrt(sizeBytes)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8;
  const pixels = Buffer.alloc(side * (side + 1));
  for (let row = 0; row < side; row += 1) randomBytes(side).copy(pixels, row * (side + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
