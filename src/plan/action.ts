import { z } from "zod";
import { PRINTED } from "./printed-fields.ts";

/** What apply would do with one row, or with what is recorded and no row names: a graphic, an unanswered upload. */
export const actionSchema = z.strictObject({
  action: z
    .enum(["create", "unchanged", "replace", "orphan", "unknown"])
    .describe("What apply does with the row"),
  /**
   * create: `new`, `possible-duplicate` (the same bytes went unanswered under an address that no row has any
   * more), `id-deleted` or `id-replaced` (the graphic of the id in the manifest's results columns is lost),
   * or `shared` (`--share`: another row's id, no request). unchanged: `same-bytes`, `adopted` (id taken from the manifest's results columns),
   * `shared` (renamed or moved, and keeps its id because another row has it too).
   * replace: `bytes-changed`, `renamed`, `moved`, `moved-and-renamed`, `bytes-and-address-changed`, `shared`.
   * orphan: `not-in-manifest`. unknown: `held`, `will-retry` (`--unknown retry`), `held-not-in-manifest` (no row
   * has its address any more).
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
});

export type Action = z.infer<typeof actionSchema>;
export type ActionName = Action["action"];
export type Reason = Action["reason"];
