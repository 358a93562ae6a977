import { z } from "zod";
import { diagnosticSchema } from "../manifest/diagnostic.ts";
import { changeSchema } from "../manifest/edit/manifest-edit.ts";

/** What `qgfx validate --json` prints. */
export const validationSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    diagnostics: z.array(diagnosticSchema).describe("Everything found, by line"),
  })
  .describe("`qgfx validate --json`.");

const path = z.string().describe("The image's file, as the manifest names it");

/** What `qgfx init --json` prints. */
export const initDocumentSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    manifest: z.string().describe("The manifest, as it was named"),
    created: z.boolean().describe("Whether it was made new"),
    added: z
      .array(
        z.strictObject({
          path,
          name: z.string().describe("Display name in the library"),
          folder: z.string().describe("Folder in the library"),
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
          path: z.string().describe("The file, relative to the folder of images"),
          why: z.string().describe("Why"),
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
    root: z
      .string()
      .nullable()
      .describe(
        "Folder above the manifest and the images, for `--root`; `null` where they lie beside the manifest",
      ),
  })
  .describe("`qgfx init --json`: the manifest made of a folder of images.");

export type InitDocument = z.infer<typeof initDocumentSchema>;

/** What `qgfx validate --fix --json` prints. */
export const repairDocumentSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of this format"),
    repairs: z.array(changeSchema).describe("What was, or would be, changed"),
    written: z.boolean().describe("Whether the repaired manifest was written"),
    backup: z
      .string()
      .nullable()
      .describe("Where the manifest is kept as it was; `null`: nothing was written"),
    diagnostics: z.array(diagnosticSchema).describe("What is left"),
  })
  .describe("`qgfx validate --fix --json`: what was repaired, and what is left.");

export type RepairDocument = z.infer<typeof repairDocumentSchema>;
