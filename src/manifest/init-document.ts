import { z } from "zod";

/** What `qgfx init --json` prints. */
export const initDocumentSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string(),
  /** Whether the sheet is new. */
  created: z.boolean(),
  /** The rows that were added, in their order. */
  added: z.array(z.strictObject({ path: z.string(), name: z.string(), folder: z.string() })),
  /** Rows that were there before; none of them is changed. */
  kept: z.int().nonnegative(),
  /** Rows of the folder whose file is gone; they are kept. */
  vanished: z.array(z.strictObject({ line: z.int().positive(), path: z.string() })),
  /** Files of the folder that get no row, relative to it. */
  leftOut: z.array(z.strictObject({ path: z.string(), why: z.string() })),
});

export type InitDocument = z.infer<typeof initDocumentSchema>;
