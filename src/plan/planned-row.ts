import { z } from "zod";
import type { Image } from "../manifest/image.ts";
import type { ManifestRow } from "../manifest/manifest.ts";
import { PRINTED } from "./printed-fields.ts";
import type { Graphic, Keyed, PlacedGraphic } from "./recorded.ts";

/** What apply would do with one row, or with what is recorded and no row names: a graphic, an unanswered upload. */
export const actionSchema = z
  .strictObject({
    action: z
      .enum(["create", "unchanged", "replace", "orphan", "unknown"])
      .describe("What apply does with the row"),
    /**
     * create: `new`, `possible-duplicate` (the same bytes went unanswered under an address that no row has any
     * more), `id-deleted` or `id-replaced` (the graphic of the id in the manifest's results columns is lost),
     * or `shared` (`--share`: another row's id, no request). unchanged: `same-bytes`, `adopted` (id taken from the results's results columns),
     * `shared` (renamed or moved, and keeps its id because another row has it too).
     * replace: `bytes-changed`, `renamed`, `moved`, `moved-and-renamed`, `bytes-and-address-changed`, `shared`.
     * orphan: `not-in-manifest`. unknown: `held`, `will-retry` (`--unknown retry`), `held-not-in-manifest` (no row
     * has its address any more). create and replace: `will-repeat` (an upload to this address got no answer, and is asked
     * for again with the same key).
     */
    reason: z
      .enum([
        "new",
        "possible-duplicate",
        "id-deleted",
        "id-replaced",
        "shared",
        "same-bytes",
        "adopted",
        "bytes-changed",
        "renamed",
        "moved",
        "moved-and-renamed",
        "bytes-and-address-changed",
        "not-in-manifest",
        "held",
        "will-retry",
        "will-repeat",
        "held-not-in-manifest",
      ])
      .describe("Why"),
    line: PRINTED.line
      .nullable()
      .describe(
        "Line of the manifest; `null` for an orphan, and for an unanswered upload whose row is gone",
      ),
    path: PRINTED.path,
    name: PRINTED.name,
    folder: PRINTED.folder,
    contentType: PRINTED.contentType,
    sha256: PRINTED.sha256,
    bytes: PRINTED.bytes,
    graphicId: PRINTED.graphicId
      .nullable()
      .describe("The recorded id: of the unchanged graphic, of the one replaced, of the orphan"),
  })
  .describe("What apply does with one row, or with what is recorded and no row names");

export type Action = z.infer<typeof actionSchema>;
export type ActionName = Action["action"];
export type Reason = Action["reason"];

/** One row that passed validation, with what its file's bytes say. */
export interface Wanted {
  row: ManifestRow;
  image: Image;
}

/** What the plan says of one row. */
export interface Decision {
  action: Exclude<ActionName, "orphan">;
  reason: Reason;
  /** The recorded id the action speaks of. */
  graphicId: string | null;
  /** The recorded graphic this row's takes the place of: it stands in the library until then. */
  replaces: (PlacedGraphic & Partial<Graphic>) | undefined;
}

/** A row, its image, and what apply does about them. */
export interface PlannedRow extends Wanted {
  decision: Decision;
  /** `--share`: rows with the same bytes that take the id this row's upload brings; they have no request of their own. */
  sharedBy?: PlannedRow[];
  /** The upload that got no answer and that this row's asks for again; see `will-repeat`. */
  repeats?: Keyed | undefined;
}

/** A row and the id of its graphic in the library. */
export interface RowWithId {
  planned: PlannedRow;
  graphicId: string;
  url: string;
}

/** A planned row as it is printed. */
export function describeAction({ row, image, decision }: PlannedRow): Action & { line: number } {
  const { line, path, name, folder } = row;
  const { contentType, sha256, sizeBytes: bytes } = image;
  const { action, reason, graphicId } = decision;
  const what = { line, path, name, folder, contentType, sha256, bytes };
  return { action, reason, ...what, graphicId };
}
