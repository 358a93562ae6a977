import { z } from "zod";
import { diagnosticSchema } from "../manifest/diagnostic.ts";
import { changeSchema } from "../manifest/edit/manifest-edit.ts";
import { PRINTED, text, textOrNull } from "../plan/printed-fields.ts";

/** What `qgfx validate --json` prints. */
export const validationSchema = z
  .strictObject({
    version: PRINTED.version,
    diagnostics: z.array(diagnosticSchema).describe("Everything found, by line"),
  })
  .describe("`qgfx validate --json`.");

const { path, name, folder } = PRINTED;

/** What `qgfx init --json` prints. */
export const initDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    created: z.boolean().describe("Whether it was made new"),
    added: z
      .array(
        z.strictObject({
          path,
          name,
          folder,
        }),
      )
      .describe("Rows that were added, in their order"),
    kept: z.int().nonnegative().describe("Rows that were there; none of them is changed"),
    vanished: z
      .array(
        z.strictObject({
          line: z.int().positive().describe("Line of the manifest where the row starts"),
          path,
        }),
      )
      .describe("Rows whose file is not there any more; they are kept"),
    leftOut: z
      .array(
        z.strictObject({
          path: text("The file, relative to the folder of images"),
          why: text("Why"),
        }),
      )
      .describe("Files that get no row, and folders that cannot be read"),
    tooLarge: z
      .array(
        z.strictObject({
          path,
          bytes: z.int().positive().describe("Size of the file"),
        }),
      )
      .describe("Rows, new or not, whose image is larger than Qualtrics takes"),
    root: textOrNull(
      "Folder above the manifest and the images, for `--root`; `null` where they lie beside the manifest",
    ),
  })
  .describe("`qgfx init --json`: the manifest made of a folder of images.");

export type InitDocument = z.infer<typeof initDocumentSchema>;

/** What `qgfx validate --fix --json` prints. */
export const repairDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    repairs: z.array(changeSchema).describe("What was, or would be, changed"),
    written: z.boolean().describe("Whether the repaired manifest was written"),
    backup: textOrNull("Where the manifest is kept as it was; `null`: nothing was written"),
    diagnostics: z.array(diagnosticSchema).describe("What is left"),
  })
  .describe("`qgfx validate --fix --json`: what was repaired, and what is left.");

export type RepairDocument = z.infer<typeof repairDocumentSchema>;

/** What `--json` prints where a command fails. */
export const failureSchema = z
  .strictObject({
    version: PRINTED.version,
    error: z
      .strictObject({
        code: text("Code of the error, as on stderr"),
        message: text("What is wrong"),
        hint: textOrNull("What to do about it; `null` where there is no advice"),
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
