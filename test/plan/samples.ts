import type { ManifestRow, PriorResult } from "../../src/manifest/manifest.ts";
import type { Wanted } from "../../src/plan/planned-row.ts";
import type { FolderAndName, Graphic, UnknownUpload } from "../../src/plan/recorded.ts";

export const SHA_A = "a".repeat(64);
export const SHA_B = "b".repeat(64);

let serial = 0;

/** A wanted row with a fresh line number. */
export function aWant(
  place: FolderAndName,
  sha256 = SHA_A,
  extra: Partial<ManifestRow> = {},
): Wanted {
  serial += 1;
  const row: ManifestRow = {
    line: serial + 1,
    cells: [],
    path: `pictures/${place.name}`,
    contentType: undefined,
    prior: undefined,
    columnOf: {},
    ...place,
    ...extra,
  };
  const image = {
    contentType: "image/png",
    sizeBytes: 100,
    sha256,
    widthPx: 1,
    heightPx: 1,
  } as const;
  return { row, image };
}

/** A recorded graphic with a fresh id. */
export function aGraphic(given: Partial<Graphic> & FolderAndName): Graphic {
  serial += 1;
  return {
    graphicId: `IM_${String(serial).padStart(12, "0")}`,
    sha256: SHA_A,
    bytes: 100,
    contentType: "image/png",
    path: `pictures/${given.name}`,
    url: "",
    uploadedAt: "2026-01-01T00:00:00.000Z",
    source: "upload",
    state: "current",
    run: 1,
    recordedBy: "../m.csv",
    ownedByManifest: true,
    isInDoubt: false,
    ...given,
  };
}

/** An upload that got no answer. */
export function anUnknown(given: Partial<UnknownUpload> & FolderAndName): UnknownUpload {
  return {
    sha256: SHA_A,
    bytes: 100,
    contentType: "image/png",
    path: `pictures/${given.name}`,
    error: "reset",
    run: 1,
    ownedByManifest: true,
    ...given,
  };
}

/** What a row's results columns say of it. */
export function aPrior(given: Partial<PriorResult> = {}): PriorResult {
  return {
    status: "uploaded",
    graphicId: "IM_fromResults1",
    sha256: SHA_A,
    url: "",
    library: "UR_0123456789a",
    uploadedAt: "2026-01-01T00:00:00.000Z",
    error: "",
    ...given,
  };
}
