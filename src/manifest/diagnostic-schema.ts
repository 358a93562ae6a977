import { z } from "zod";

/** One problem of a manifest, as data: `qgfx validate --json` prints exactly these keys. */
export const diagnosticSchema = z.strictObject({
  code: z.string().describe("Stable name of the rule"),
  severity: z.enum(["error", "warning", "note"]).describe("An `error` forbids apply"),
  message: z.string().describe("What is wrong, with the wrong value in it"),
  hint: z.string().nullable().describe("What to do"),
  file: z.string().describe("The manifest, as it was named"),
  line: z
    .int()
    .positive()
    .nullable()
    .describe("Line of the manifest where the row starts; the header is line 1"),
  column: z
    .int()
    .positive()
    .nullable()
    .describe("Position of the cell in the row (CSV), or of the character in the line (YAML)"),
  field: z.string().nullable().describe("The manifest field, or the header as written"),
  value: z.string().nullable().describe("The wrong value"),
});

/** What `qgfx validate --json` prints. */
export const validationSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    diagnostics: z.array(diagnosticSchema).describe("Everything found, by line"),
  })
  .describe("`qgfx validate --json`.");
