import { createHash } from "node:crypto";
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
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
