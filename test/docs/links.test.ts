import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
  readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
);

/** Links of a page to other files of the repository, and to headings. */
function linksOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/```.*?```/gs, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors GitHub makes of a page's headings. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchorsOf(file).includes(anchor);
}

describe("the pages", () => {
  it.each(PAGES)("%s links to what is there", (page) => {
    expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
  });

  it("are all in the index of docs/", () => {
    const listed = linksOf("docs/README.md").map((link) => join("docs", link));
    const pages = PAGES.filter((page) => page.startsWith("docs/") && page !== "docs/README.md");
    expect(pages.filter((page) => !listed.includes(page))).toEqual([]);
  });

  it.each(PAGES)("%s names files and folders of src/ and test/ that are there", (page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const missing = [...text.matchAll(/`([a-z]+\/[\w./-]+?\.m?tsx?)`|`((?:src|test)\/[\w./-]+?)`/g)]
      .map(([, file, folder]) => file ?? folder ?? "")
      .filter((path) => !["", "src", "test"].some((at) => existsSync(join(ROOT, at, path))));
    // What the recipe tells the reader to write.
    expect(missing.filter((path) => !path.includes("my-format"))).toEqual([]);
  });
});
