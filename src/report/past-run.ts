import { z } from "zod";

const count = z.int().nonnegative().nullable();

/** One run as `qgfx history` shows it; counts are null where the run died before it could note them. */
export const pastRunSchema = z.strictObject({
  run: z.int().positive(),
  command: z.enum(["apply", "adopt", "prune", "undo"]),
  manifest: z.string(),
  host: z.string(),
  library: z.string(),
  user: z.string(),
  machine: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  /** Null while it runs, and for ever when it died. */
  finishedAt: z.string().nullable(),
  exitCode: z.int().nullable(),
  uploaded: count,
  unchanged: count,
  failed: count,
  unknown: count,
  notRun: count,
  /** Graphics that it deleted. */
  deleted: z.int().nonnegative(),
});

/** What `qgfx history --json` prints. */
export const historySchema = z.strictObject({
  version: z.literal(1),
  runs: z.array(pastRunSchema),
});

export type PastRun = z.infer<typeof pastRunSchema> & { service: string };
