// Makes the pictures of docs/without-a-terminal.md: docs/pictures/open-*.png.
//
//   npm run build && node bench/open-pictures.mjs
//
// Chromium is /usr/bin/chromium, or what CHROMIUM names.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import sharp from "sharp";

const ROOT = join(import.meta.dirname, "..");
const QGFX = process.env.QGFX_BIN ?? join(ROOT, "dist/bin/qgfx.js");
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const NAMES =
  "Anemone Aster Buttercup Cornflower Crocus Daisy Geranium Hibiscus Iris Lily Magnolia Marigold Poppy Primrose Rose Sunflower Tulip Violet".split(
    " ",
  );

const folder = mkdtempSync(join(tmpdir(), "qgfx-pictures-"));
// No settings of this user, and no account.
const surroundings = { cwd: folder, env: { PATH: process.env.PATH, HOME: folder } };
const children = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: FLAGS.split(" "),
});
try {
  mkdirSync(join(folder, "flowers"));
  for (const [index, name] of NAMES.entries()) await draw(fileOf(name), index);
  writeSheet(NAMES.slice(0, 14));
  await promisify(execFile)(
    process.execPath,
    [QGFX, "apply", "garden.csv", "--sandbox", "--yes"],
    surroundings,
  );
  await draw(fileOf("Cornflower"), 11);
  await draw(fileOf("Iris"), 5);
  const later = NAMES.filter((name) => name !== "Geranium" && name !== "Hibiscus");
  writeSheet(later, (line) =>
    line.replace("flowers/cornflower", "flowers/Cornflower").replace(",Crocus,", ",Purple crocus,"),
  );
  const { url } = await started("open", "garden.csv", "--no-open");
  const page = await (
    await browser.newContext({ viewport: { width: 1200, height: 760 } })
  ).newPage();
  await page.goto(url);
  await walk(page);
} finally {
  await browser.close();
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

async function walk(page) {
  const press = (name) =>
    page.getByRole("button", { name, exact: typeof name === "string" }).click();
  await press(/^Problems/);
  await page.getByText("There is no file").last().waitFor();
  await shoot(page, "sheet");
  await press("Repair");
  await page.locator(".foot .summary", { hasText: "no problems" }).waitFor();
  await press("Save and preview");
  await page.getByRole("heading", { name: /images to upload/ }).waitFor();
  await shoot(page, "preview");

  const script = join(folder, "script.json");
  const refused = { kind: "answer", status: 400, code: "RPT_3", message: "The image is too wide" };
  const slow = { kind: "delay", delayMs: 8_000 };
  const faults = NAMES.slice(-4).map((name) => ({ name, play: slow }));
  faults.push({ name: "Poppy", play: refused });
  writeFileSync(script, JSON.stringify({ version: 1, faults }));
  const service = await started("sandbox", "--script", script);
  await press(/^Uploads go to:/);
  await page.getByRole("radio", { name: /^Qualtrics/ }).check();
  await page.getByLabel("Data center", { exact: true }).fill(service.url);
  await page.getByLabel("API token", { exact: true }).fill(service.token);
  await press("Check");
  await page.getByRole("combobox", { name: "Library" }).selectOption(service.library);
  await press("Use this library");
  await page.getByRole("heading", { name: /^16 images to upload/ }).waitFor();
  // The status line goes away.
  await page.waitForTimeout(6_500);
  await press("Upload 16 images…");
  await press("Upload 16 images");
  await page.getByRole("heading", { name: /^Uploading… ?12 of/ }).waitFor();
  await shoot(page, "upload", 150);
  await press("See IDs");
  await page.getByRole("heading", { name: /^15 IDs/ }).waitFor();
  await shoot(page, "ids");
  await press("Export…");
  await page.getByRole("combobox", { name: "Format" }).selectOption("loop-merge");
  await page.getByRole("combobox", { name: "Group by" }).selectOption("trial");
  await page.getByRole("combobox", { name: "Fields by" }).selectOption("side");
  await page.getByText("without a graphic").waitFor();
  await shoot(page, "export");
}

/** Small: a palette does for what has few colors. */
async function shoot(page, name, waitMs = 6_500) {
  // What the status line said is gone then, and thumbnails are drawn.
  await page.waitForTimeout(waitMs);
  await page.mouse.move(600, 5);
  const png = await page.screenshot();
  await sharp(png)
    .png({ palette: true, colors: 128, compressionLevel: 9 })
    .toFile(join(ROOT, "docs/pictures", `open-${name}.png`));
}

/** A command of qgfx that goes on until the end; gives its first line. */
async function started(...args) {
  const child = spawn(process.execPath, [QGFX, ...args], {
    ...surroundings,
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return JSON.parse(line);
}

function writeSheet(names, change = (line) => line) {
  const lines = names.map((name) => {
    const index = NAMES.indexOf(name);
    const season = index < 9 ? "Spring" : "Summer";
    return change(
      `${fileOf(name)},${name},${season},${Math.floor(index / 2) + 1},${index % 2 ? "right" : "left"}`,
    );
  });
  writeFileSync(join(folder, "garden.csv"), `path,name,folder,trial,side\n${lines.join("\n")}\n`);
}

function fileOf(name) {
  return `flowers/${name.toLowerCase()}.${NAMES.indexOf(name) % 4 === 2 ? "jpg" : "png"}`;
}

/** A flower: petals around a middle, each in its colors. */
async function draw(file, index) {
  const hue = (index * 67) % 360;
  const petals = 5 + (index % 4) * 2;
  const petal = Array.from(
    { length: petals },
    (_none, at) =>
      `<ellipse cx="160" cy="72" rx="${150 / petals}" ry="48" fill="hsl(${hue},75%,58%)" transform="rotate(${(360 / petals) * at} 160 120)"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="hsl(${(hue + 120) % 360},45%,90%)"/><path d="M160 130V236" stroke="#3d8b40" stroke-width="8"/>${petal.join("")}<circle cx="160" cy="120" r="26" fill="hsl(${(hue + 45) % 360},90%,50%)"/></svg>`;
  await sharp(Buffer.from(svg)).toFile(join(folder, file));
}
