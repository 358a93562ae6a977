// Makes the pictures of the README and docs/pages.md: docs/pictures/*.png.
//
//   npm run build && node bench/screenshots.mjs
//
// Chromium is /usr/bin/chromium, or what CHROMIUM names; names with emoji need a font that has them.
import { execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "..");
const QGFX = process.env.QGFX_BIN ?? join(ROOT, "dist/bin/qgfx.js");
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), "qgfx-pictures-"));
const sandbox = spawn(process.execPath, [QGFX, "sandbox"], { stdio: ["ignore", "pipe", "ignore"] });
try {
  const { url, token, library } = await firstLine(sandbox.stdout);
  const env = {
    PATH: process.env.PATH,
    QUALTRICS_API_KEY: token,
    QUALTRICS_BASE_URL: url,
    QUALTRICS_LIBRARY_ID: library,
  };
  const qgfx = (...args) => run(process.execPath, [QGFX, ...args], { cwd: folder, env });
  cpSync(join(ROOT, "manifests/pictures"), join(folder, "pictures"), { recursive: true });
  const example = readFileSync(join(ROOT, "manifests/example.csv"), "utf8");
  writeFileSync(join(folder, "summer.csv"), example);
  await qgfx("apply", "summer.csv", "--yes", "--html", "results.html");
  await uploadFolderAsFile({ url, token, library });
  change(example);
  await qgfx("plan", "summer.csv", "--html", "plan.html", "--html-old");
  const page = (name) => pathToFileURL(join(folder, name)).href;
  await shoot([
    { url: page("plan.html"), name: "plan-light", colorScheme: "light" },
    { url: page("plan.html"), name: "plan-dark", colorScheme: "dark" },
    { url: page("results.html"), name: "results", colorScheme: "light" },
    { url, name: "sandbox", colorScheme: "light" },
  ]);
} finally {
  sandbox.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** One picture changed, one moved, one left out, one new: a plan with every kind of action. */
function change(example) {
  const picture = (name) => join(folder, "pictures", name);
  cpSync(picture("seasons/autumn.jpg"), picture("seasons/spring.jpg"));
  cpSync(picture("früchte/birne.png"), picture("new.png"));
  const lines = example
    .split("\n")
    .filter((line) => !line.includes("Autumn leaf"))
    .map((line) => line.replace("Äpfel,Früchte", "Äpfel,Obst"));
  writeFileSync(
    join(folder, "summer.csv"),
    `${lines.join("\n").trimEnd()}\npictures/new.png,Another pear,Obst,,Q4\n`,
  );
}

/** What the seed of this project fell over: the folder as a file part. */
async function uploadFolderAsFile({ url, token, library }) {
  const form = new FormData();
  const bytes = readFileSync(join(folder, "pictures/seasons/summer.gif"));
  form.set("file", new File([bytes], "summer.gif", { type: "image/gif" }));
  form.set("folder", new File(["Summer"], "folder"));
  const headers = { "x-api-token": token };
  await fetch(`${url}/API/v3/libraries/${library}/graphics`, {
    method: "POST",
    headers,
    body: form,
  });
}

async function shoot(pictures) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS.split(" "),
  });
  for (const { url, name, colorScheme } of pictures) {
    const context = await browser.newContext({
      colorScheme,
      viewport: { width: 1000, height: 720 },
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(ROOT, "docs/pictures", `${name}.png`) });
    await context.close();
  }
  await browser.close();
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return JSON.parse(line);
}
