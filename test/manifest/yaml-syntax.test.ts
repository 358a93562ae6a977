import { expect, it } from "vitest";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";

it("shows one line alone where the parser has lost count of them", async () => {
  const lines = ["version: 1", "graphics:", "  - path: a.png", "    name: 'x: y'", "", ": F"];
  lines.push(
    '  - { path: b.png, name: "q" }',
    "  [- path: c.png",
    "    contentType: image/png",
    "",
  );
  const { diagnostics } = await parseManifest("m.yaml", Buffer.from(lines.join("\n")), {});
  expect(diagnostics).toContainEqual(expect.objectContaining({ code: "YAML_SYNTAX" }));
  for (const { value } of diagnostics) expect(value ?? "").not.toContain("\n");
});
