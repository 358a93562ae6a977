import { z } from "zod";
import { diagnosticSchema } from "./diagnostic.ts";

/** One change that `validate --fix` makes. */
export const changeSchema = z.strictObject({
  /** Line of the file where the row starts, 1-based. */
  line: z.int().positive(),
  /** 1-based position of the cell in the row; null where the whole row is divided anew. */
  column: z.int().positive().nullable(),
  /** Field or header; null where the whole row is divided anew. */
  field: z.string().nullable(),
  /** Text that is not UTF-8 is shown with U+FFFD for each such character. */
  from: z.string(),
  to: z.string(),
});

export type Change = z.infer<typeof changeSchema>;

/** What `qgfx validate --fix --json` prints. */
export const repairDocumentSchema = z.strictObject({
  version: z.literal(1),
  repairs: z.array(changeSchema),
  /** Whether the repaired manifest was written. */
  written: z.boolean(),
  /** Where the manifest is kept as it was; null: nothing was written. */
  backup: z.string().nullable(),
  /** What is left. */
  diagnostics: z.array(diagnosticSchema),
});

export type RepairDocument = z.infer<typeof repairDocumentSchema>;
