import { createHash } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { closeServer, listenOnLoopback } from "../../src/sandbox/start-sandbox.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace } from "../support/workplace.ts";

async function openOneRow() {
  const place = await openWorkplace();
  place.write("1.png", png(1));
  place.write("m.csv", "path,folder\n1.png,Alpha\n");
  return place;
}

it.each(["m.csv", "1.png", "m.results.csv", "page"])(
  "refuses to write a page over what is no page: %s",
  async (name) => {
    const place = await openOneRow();
    const before = place.read("m.csv");
    for (const command of [["plan"], ["apply", "--yes"]]) {
      const run = await place.qgfx(...command, "m.csv", "--html", name);
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("error HTML_FILE_NAME");
    }
    expect(place.read("m.csv")).toBe(before);
    expect(await place.held()).toEqual([]);
  },
);

it.each([["--html-old"], ["--html-pictures", "10"]])(
  "says that %s needs a page",
  async (...args) => {
    const place = await openOneRow();
    const run = await place.qgfx("plan", "m.csv", ...args);
    expect(run).toMatchObject({ code: 2 });
    expect(run.stderr).toContain("add --html");
  },
);

it.skipIf(process.platform === "win32")("follows no link out of the page's folder", async () => {
  const place = await openOneRow();
  place.write("elsewhere/kept.html", "keep me");
  mkdirSync(join(place.dir, "pages"));
  symlinkSync("../elsewhere/kept.html", join(place.dir, "pages/plan.html"));
  const { code, stderr } = await place.qgfx("plan", "m.csv", "--html", "pages/plan.html");
  expect(code).toBe(2);
  expect(stderr).toContain("a link that leads out of its folder");
  expect(place.read("elsewhere/kept.html")).toBe("keep me");
});

it("loses no result where the page cannot be written", async () => {
  const place = await openOneRow();
  const run = await place.qgfx("apply", "m.csv", "--yes", "--html", "nowhere/page.html");
  expect(run.code).toBe(3);
  expect(run.stderr).toContain("WRITE_NO_FOLDER");
  expect(place.read("m.results.csv")).toContain("uploaded");
});

it("leaves stdout and the plan as they are", async () => {
  const place = await openOneRow();
  const plain = await place.qgfx("plan", "m.csv", "--json");
  const paged = await place.qgfx("plan", "m.csv", "--json", "--html", "plan.html");
  expect(paged.stdout).toBe(plain.stdout);
  expect(existsSync(join(place.dir, "plan.html"))).toBe(true);
});

it("finds a replaced picture in the embedded sandbox", async () => {
  const place = await openOneRow();
  await place.qgfx("apply", "m.csv", "--sandbox", "--yes");
  place.write("1.png", png(2));
  const old = png(1).toString("base64");
  await place.qgfx("plan", "m.csv", "--sandbox", "--html", "plan.html");
  expect(place.read("plan.html")).toContain(old);
  await place.qgfx("apply", "m.csv", "--sandbox", "--yes", "--html", "run.html");
  expect(place.read("run.html")).toContain(old);
});

it("asks for each replaced picture once, as often a minute as --rate says", async () => {
  const place = await openWorkplace();
  const numbers = [1, 2, 3];
  for (const one of numbers) place.write(`${one}.png`, png(one));
  place.write("m.csv", "path,folder\n1.png,A\n2.png,A\n3.png,A\n");
  await place.qgfx("apply", "m.csv", "--yes");
  for (const one of numbers) place.write(`${one}.png`, png(one + 10));
  await place.sandbox.close();
  const askedAtMs: number[] = [];
  const server = createServer((_request, response) => {
    askedAtMs.push(performance.now());
    response.writeHead(404).end();
  });
  await listenOnLoopback(server, Number(new URL(place.sandbox.url).port));
  onTestFinished(() => closeServer(server));
  const run = await place.qgfx("plan", "m.csv", "--html", "p.html", "--html-old", "--rate", "200");
  expect(run).toMatchObject({ code: 0 });
  expect(place.read("p.html").match(/no longer in the library/g)).toHaveLength(3);
  expect(askedAtMs).toHaveLength(3);
  const [first = 0, , last = 0] = askedAtMs;
  expect(last - first).toBeGreaterThan(500);
});

it("lets its own style and script run, and nothing else", async () => {
  const place = await openOneRow();
  await place.qgfx("plan", "m.csv", "--html", "plan.html");
  const page = place.read("plan.html");
  const hashOf = (element: string) => {
    const text = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(page)?.[1] ?? "";
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  const policy = `default-src 'none'; style-src ${hashOf("style")}; script-src ${hashOf("script")}; img-src data:; base-uri 'none'; form-action 'none'`;
  expect(page).toContain(`http-equiv="Content-Security-Policy" content="${policy}"`);
  expect(page.match(/<(script|style|link)\b[^>]*>/g)).toEqual([
    '<link rel="icon" href="data:,">',
    "<style>",
    "<script>",
  ]);
});
