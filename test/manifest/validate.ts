import { join } from "node:path";
import { inspectImage } from "../../src/files/inspect-image.ts";
import { readManifestBytes } from "../../src/files/read-file.ts";
import { checkImages } from "../../src/manifest/check-images.ts";
import { checkManifest } from "../../src/manifest/check-manifest.ts";
import type { Diagnostic } from "../../src/manifest/diagnostic.ts";
import type { ParsedManifest } from "../../src/manifest/manifest.ts";
import { parseManifest } from "../../src/manifest/parse-manifest.ts";

/** The way every command takes: bytes, rows, rules, pictures, rules again. */
export async function validate(
  dir: string,
  file: string,
  options: { defaultFolder?: string; rootDir?: string; sheet?: string } = {},
): Promise<ParsedManifest> {
  const bytes = await readManifestBytes(join(dir, file));
  const { defaultFolder, rootDir = dir, sheet } = options;
  const { manifest, diagnostics } = await parseManifest(file, bytes, { defaultFolder, sheet });
  if (!manifest) return { manifest, diagnostics };
  const limits = { baseDir: dir, rootDir, maxBytes: 100_000 };
  const inspections = await Promise.all(manifest.rows.map((row) => inspectImage(row.path, limits)));
  const all = [...diagnostics, ...checkManifest(manifest), ...checkImages(manifest, inspections)];
  return { manifest, diagnostics: all.sort(byPlace) };
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || (a.code < b.code ? -1 : 1)
  );
}
