import { z } from "zod";
import { diagnosticSchema } from "../manifest/diagnostic.ts";

/** What `--json` prints where a command fails. */
export const failureSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    error: z
      .strictObject({
        code: z.string().describe("Code of the error, as on stderr"),
        message: z.string().describe("What is wrong"),
        hint: z
          .string()
          .nullable()
          .describe("What to do about it; `null` where there is no advice"),
        exitCode: z.int().positive().describe("The command's exit code"),
      })
      .describe("Why the command failed"),
    diagnostics: z
      .array(diagnosticSchema)
      .optional()
      .describe("Where the manifest has errors: everything found, by line"),
  })
  .describe(
    "Any command with `--json` that fails before it has its own document, in one line; of `qgfx apply` the last line.",
  );

export type Failure = z.infer<typeof failureSchema>;
