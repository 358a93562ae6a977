import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ManifestRow } from "../../src/manifest/manifest.ts";
import { validate } from "./validate.ts";

const MANIFESTS = join(import.meta.dirname, "../../manifests");
const files = readdirSync(MANIFESTS).filter(
  (name) => /\.(csv|ya?ml)$/.test(name) && !/\.(results|retry)\./.test(name),
);

async function rowsOf(file: string): Promise<readonly ManifestRow[]> {
  return (await validate(MANIFESTS, file)).manifest?.rows ?? [];
}

function wanted({ path, name, contentType, folder }: ManifestRow) {
  return { path, name, contentType, folder };
}

describe("the manifests we show", () => {
  it("are there in both formats", () => {
    expect(files).toEqual(expect.arrayContaining(["example.csv", "example.yaml"]));
  });

  it.each(files)("%s holds nothing to complain of", async (file) => {
    expect((await validate(MANIFESTS, file)).diagnostics).toEqual([]);
  });

  it("name the same images as CSV and as YAML", async () => {
    const fromCsv = await rowsOf("example.csv");
    const fromYaml = await rowsOf("example.yaml");
    expect(fromCsv.length).toBeGreaterThanOrEqual(6);
    expect(fromYaml.map(wanted)).toEqual(fromCsv.map(wanted));
  });
});
