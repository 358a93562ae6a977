import { z } from "zod";

/** A number of things, as documents count them; `of` says which. */
export function count(of: string): z.ZodInt {
  return z.int().nonnegative().describe(of);
}

/** The fields that many documents have, each with what it is. */
export const PRINTED = {
  version: z.literal(1).describe("Version of this format"),
  manifest: z.string().describe("The manifest, as it was named"),
  line: z
    .int()
    .positive()
    .describe("Line of the manifest where the row starts; the header is line 1"),
  path: z.string().describe("The image's file, as the manifest names it"),
  name: z.string().describe("Display name in the library"),
  folder: z.string().describe("Folder in the library"),
  contentType: z.string().describe("`image/png`, `image/jpeg` or `image/gif`"),
  sha256: z.string().describe("Hash of the image's bytes"),
  bytes: count("Size of the image"),
  graphicId: z.string().describe("Id of the graphic"),
  url: z.string().describe("Where anyone can see the graphic"),
  error: z.string().nullable().describe("What went wrong, in words"),
};

/** A target as it is printed. */
export const targetSchema = z
  .strictObject({
    host: z.string().describe("Host of the service, or `sandbox`"),
    library: z.string().describe("Id of the library, `UR_…` or `GR_…`"),
  })
  .describe("Where graphics go");

export type PrintedTarget = z.infer<typeof targetSchema>;

/** The printed part of a target. */
export function printTarget({ host, library }: PrintedTarget): PrintedTarget {
  return { host, library };
}
