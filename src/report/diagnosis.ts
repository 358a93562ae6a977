import { z } from "zod";

/** One thing that must be right before an upload can succeed. */
export const checkSchema = z.strictObject({
  check: z.enum(["node", "host", "clock", "token", "library", "disk", "ledger"]),
  /** `skipped`: it depends on a check that failed. */
  status: z.enum(["ok", "warning", "failed", "skipped"]),
  message: z.string(),
  /** What to do; null where nothing is to be done. */
  hint: z.string().nullable(),
});

/** What `qgfx doctor --json` prints. */
export const diagnosisSchema = z.strictObject({
  version: z.literal(1),
  checks: z.array(checkSchema),
});

export type Check = z.infer<typeof checkSchema>;
export type CheckName = Check["check"];
export type Diagnosis = z.infer<typeof diagnosisSchema>;
