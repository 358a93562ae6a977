import type { Image } from "../../src/manifest/image.ts";
import type { ManifestRow } from "../../src/manifest/manifest.ts";
import type { Decision, PlannedRow } from "../../src/plan/planned-row.ts";

/** What tests say of a planned row, all in one. */
export interface PlannedText
  extends Pick<ManifestRow, "folder" | "name" | "line" | "path">,
    Pick<Image, "contentType" | "sha256">,
    Pick<Decision, "action" | "reason" | "replaces">,
    Pick<PlannedRow, "sharedBy"> {
  bytes: number;
}

/** A planned row that can be asked for each of its texts at once. */
export type SampleRow = PlannedRow & PlannedText;

/** A row that apply would create, with a line and an image that say nothing, but for what is given. */
export function plannedRow(given: Partial<PlannedText> & { name: string }): SampleRow {
  const { folder = "Summer", name, line = 2, path = `img/${name}`, sharedBy } = given;
  const { contentType = "image/png", sha256 = `sha-of-${name}`, bytes = 100 } = given;
  const { action = "create", reason = "new", replaces } = given;
  const place = { folder, name, line, path };
  const how = { action, reason, replaces };
  return {
    row: { ...place, cells: [], contentType: undefined, prior: undefined, columnOf: {} },
    image: { contentType, sha256, sizeBytes: bytes, widthPx: 1, heightPx: 1 },
    decision: { ...how, graphicId: replaces?.graphicId ?? null },
    ...place,
    ...how,
    contentType,
    sha256,
    bytes,
    ...(sharedBy && { sharedBy }),
  };
}
