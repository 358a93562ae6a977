import { z } from "zod";

/** What apply would do with one row, or with what is recorded and no row names: a graphic, an unanswered upload. */
export const actionSchema = z.strictObject({
  action: z.enum(["create", "unchanged", "replace", "orphan", "unknown"]),
  /**
   * create: `new`, `possible-duplicate` (the same bytes went unanswered under an address that no row has any
   * more), `id-deleted` or `id-replaced` (the graphic of the id in the manifest's results columns is lost),
   * or `shared` (`--share`: another row's id, no request). unchanged: `same-bytes`, `adopted` (id taken from the manifest's results columns),
   * `shared` (renamed or moved, and keeps its id because another row has it too).
   * replace: `bytes-changed`, `renamed`, `moved`, `moved-and-renamed`, `bytes-and-address-changed`, `shared`.
   * orphan: `not-in-manifest`. unknown: `held`, `will-retry` (`--unknown retry`), `held-not-in-manifest` (no row
   * has its address any more).
   */
  reason: z.enum([
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
  ]),
  /** Line of the manifest; null for what no row names. */
  line: z.int().positive().nullable(),
  path: z.string(),
  name: z.string(),
  folder: z.string(),
  contentType: z.string(),
  /** Lower-case hex, of the bytes to send; of the recorded bytes for what no row names. */
  sha256: z.string(),
  bytes: z.int().nonnegative(),
  /** The recorded id: of the unchanged graphic, of the one replaced, of the orphan; null for create. */
  graphicId: z.string().nullable(),
});

export type Action = z.infer<typeof actionSchema>;
export type ActionName = Action["action"];
export type Reason = Action["reason"];
