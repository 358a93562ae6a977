import { z } from "zod";

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
      .describe("Files that get no row"),
  })
  .describe("`qgfx init --json`: the manifest made of a folder of images.");

export type InitDocument = z.infer<typeof initDocumentSchema>;
