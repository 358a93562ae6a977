import { z } from "zod";
import { count, PRINTED } from "../plan/printed-fields.ts";

/** One graphic that files use, and what became of it. */
export const fetchedGraphicSchema = z.strictObject({
  graphicId: PRINTED.graphicId,
  url: z.string().describe("Where it was fetched from"),
  files: z.array(z.string()).describe("The files that use it, as they were named"),
  status: z
    .enum(["saved", "missing", "unreachable", "not-an-image"])
    .describe("`missing`: the service has none; `unreachable`: it could not be asked"),
  path: z.string().nullable().describe("The saved image, in the manifest's folder"),
  name: PRINTED.name,
  folder: PRINTED.folder,
  sha256: z.string().nullable().describe("Hash of the saved image's bytes"),
  message: z.string().nullable().describe("What is not as it should be, in words"),
});

/** What `qgfx fetch --json` prints. */
export const fetchSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: z.string().nullable().describe("The manifest that was written; `null`: none"),
    summary: z
      .strictObject({
        saved: count("Images that were saved"),
        missing: count("Graphics that the service does not have"),
        unreachable: count("Graphics that could not be asked for"),
        notAnImage: count("Answers that are not an image"),
      })
      .describe("Counts"),
    graphics: z.array(fetchedGraphicSchema).describe("The graphics, in the order they were found"),
  })
  .describe("`qgfx fetch --json`: the graphics that files use, saved.");

export type FetchDocument = z.infer<typeof fetchSchema>;
export type SavedGraphic = z.infer<typeof fetchedGraphicSchema>;
