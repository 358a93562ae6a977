import { z } from "zod";
import { parseShard } from "./shard.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What `plan --out` adds to the plan: everything that decides what the plan says, so that apply can tell
 * whether it still holds. Paths are relative to the plan's own folder, with `/`, so that both can move together.
 */
export const savedPlanSchema = z.strictObject({
  /** Version of the qgfx that saved it. */
  qgfx: z.string(),
  savedAt: z.iso.datetime(),
  manifestPath: z.string(),
  /** Of the manifest's bytes, lower-case hex. */
  manifestSha256: sha256,
  /** Of what the ledger held for this manifest in this library, lower-case hex. */
  recordedSha256: sha256,
  /** Null for the built-in sandbox. */
  baseUrl: z.string().nullable(),
  folder: z.string().nullable(),
  sheet: z.string().nullable(),
  ledger: z.string(),
  results: z.string(),
  /** `K/N`; null for the whole manifest. */
  shard: z
    .string()
    .refine((text) => parseShard(text) !== undefined)
    .nullable(),
  root: z.string(),
  /** Largest picture, in bytes. */
  maxBytes: z.int().positive(),
  unknown: z.enum(["hold", "retry"]),
  share: z.boolean(),
});

/** The part of a saved plan that binds it to what it was made from. */
export type SavedPlan = z.infer<typeof savedPlanSchema>;
