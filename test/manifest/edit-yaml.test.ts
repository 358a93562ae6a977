import { describe, expect, it } from "vitest";
import { editYaml } from "../../src/manifest/edit/edit-yaml.ts";

const LIST = `# pictures of summer
version: 1
graphics:
  # the first
  - path: a.png   # scanned
    name: 'A'
  - path: b.png
    folder: >-
      Long
      name
  # the last
  - {path: c.png}
# the end
`;

describe("editing YAML in place", () => {
  it("keeps comments, quotes and blocks", () => {
    const cells = [
      { line: 5, column: 1, text: "It's A" },
      { line: 7, column: 3, text: "Short" },
      { line: 7, column: 1, text: "B: bee" },
      { line: 12, column: 2, text: "image/png" },
    ];
    expect(editYaml(LIST, { cells })).toBe(
      LIST.replace("name: 'A'", "name: 'It''s A'")
        .replace(">-\n      Long\n      name\n", 'Short\n    name: "B: bee"\n')
        .replace("{path: c.png}", '{path: c.png, contentType: "image/png"}'),
    );
  });

  it("removes an image with what stands in its lines, and adds others below the last", () => {
    const added = [["d.png", "", "", "New"]];
    expect(editYaml(LIST, { removed: [5], added })).toBe(
      LIST.replace("  - path: a.png   # scanned\n    name: 'A'\n", "").replace(
        "  - {path: c.png}\n",
        "  - {path: c.png}\n  - path: d.png\n    folder: New\n",
      ),
    );
  });

  it("leaves an empty list where all go, which takes new ones", () => {
    const empty = editYaml("version: 1\ngraphics: # all\n- path: a.png\n", { removed: [3] }) ?? "";
    expect(empty).toBe("version: 1\ngraphics: [] # all\n");
    expect(editYaml(empty, { added: [["b.png", "", "", ""]] })).toBe(
      "version: 1\ngraphics:\n  - path: b.png # all\n",
    );
  });

  it("says so where images share a line, or a value is not text", () => {
    const shared = "version: 1\ngraphics: [{path: a.png}, {path: b.png}]\n";
    const cells = [{ line: 2, column: 0, text: "c.png" }];
    expect(() => editYaml(shared, { cells })).toThrow("line 2 does not hold just one image");
    const odd = "version: 1\ngraphics:\n- path: a.png\n  name: [b]\n";
    expect(() => editYaml(odd, { cells: [{ line: 3, column: 1, text: "c" }] })).toThrow("not text");
  });
});
