import { z } from "zod";
import { CONTENT_TYPES } from "./image.ts";

const contentType = z
  .string()
  .describe("Content type; read from the file's bytes when absent, must agree with them when given")
  .meta({ examples: [...CONTENT_TYPES] });

const folder = z.string().describe("Library folder, by its name; created when missing");

/** One image of a YAML manifest. */
export const graphicSchema = z
  .strictObject({
    path: z.string().describe("The image file, relative to the manifest's folder"),
    name: z.string().optional().describe("Display name; the file's name when absent"),
    contentType: contentType.optional(),
    folder: folder.optional(),
  })
  .describe("One image");

/** What images take that do not say otherwise. */
export const defaultsSchema = z
  .strictObject({ folder: folder.optional(), contentType: contentType.optional() })
  .describe("Values for the images that name none of their own");

/** A YAML manifest (contract: Manifest); schemas/manifest.schema.json is made from it. */
export const manifestSchema = z
  .strictObject({
    version: z.literal(1).describe("Version of the manifest format"),
    library: z
      .string()
      .optional()
      .describe(
        "Library id, UR_… or GR_…; --library and QUALTRICS_LIBRARY_ID are the other ways to name it",
      ),
    defaults: defaultsSchema.optional(),
    graphics: z.array(graphicSchema).describe("The images, one item each"),
  })
  .describe(
    "A manifest in YAML, which you write; a CSV or a workbook has the same fields as columns.",
  );
