import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Document } from "yaml";
import { parseYaml } from "../../src/manifest/parse-yaml.ts";
import { decoded } from "./decoded.ts";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "2024",
    "true",
    "null",
    "~",
    "a: b",
    "# x",
    "*a",
    "&a",
    "!a",
    "- x",
    "{x}",
    "'",
    '"',
    "a\nb",
    " x ",
  ),
);

const graphic = fc.record(
  { path: text.filter((path) => path.trim() !== ""), name: text, folder: text, contentType: text },
  { requiredKeys: ["path"] },
);

describe("YAML written by another program", () => {
  it("is read back value by value, with the line each image starts in", () => {
    fc.assert(
      fc.property(fc.array(graphic, { maxLength: 6 }), fc.boolean(), (graphics, flow) => {
        const document = new Document({ version: 1, graphics });
        if (flow) document.set("graphics", document.createNode(graphics, { flow: true }));
        const source = document.toString({ lineWidth: 0 });
        const { manifest, diagnostics } = parseYaml("m.yaml", decoded(source), undefined);
        expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(manifest?.rows.map(({ cells }) => cells)).toEqual(
          graphics.map(({ path, name = "", contentType = "", folder = "" }) => [
            path,
            name,
            contentType,
            folder,
          ]),
        );
        if (!flow) expect(manifest?.rows.map(({ line }) => line)).toEqual(itemLines(source));
      }),
      { numRuns: 200 },
    );
  });
});

/** Lines in which a list item of the second level begins; block scalars are indented deeper. */
function itemLines(source: string): number[] {
  return source.split("\n").flatMap((line, index) => (line.startsWith("  - ") ? [index + 1] : []));
}
