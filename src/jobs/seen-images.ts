import type { Inspection, KnownImage } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";

/** What was found in files, by their paths as the rows have them: see `Draft.inspections`. */
type Seen = Map<string, Inspection>;

/** Those that can be known again. */
export function seenImages(seen: Seen): KnownImage[] {
  return [...seen].flatMap(([path, found]) =>
    "image" in found && found.stamp ? [{ path, image: found.image, stamp: found.stamp }] : [],
  );
}

/** Keeps what was found for the next job; `inspections[i]` belongs to `rows[i]`. */
export function keepSeen(
  seen: Seen,
  rows: readonly Pick<ManifestRow, "path">[],
  inspections: readonly Inspection[],
): void {
  for (const [index, { path }] of rows.entries()) {
    const found = inspections[index];
    if (found) seen.set(path, found);
  }
}
