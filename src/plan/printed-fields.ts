import { z } from "zod";

/** A number of things, as documents count them; `of` says which. */
export function count(of: string): z.ZodInt {
  return z.int().nonnegative().describe(of);
}

/** A text; `of` says which. */
export function text(of: string): z.ZodString {
  return z.string().describe(of);
}

/** A text, or `null`. */
export function textOrNull(of: string): z.ZodNullable<z.ZodString> {
  return z.string().nullable().describe(of);
}

/** The fields that many documents have, each with what it is. */
export const PRINTED = {
  version: z.literal(1).describe("Version of this format"),
  manifest: text("The manifest, as it was named"),
  line: z
    .int()
    .positive()
    .describe("Line of the manifest where the row starts; the header is line 1"),
  path: text("The image's file, as the manifest names it"),
  name: text("Display name in the library"),
  folder: text("Folder in the library"),
  contentType: text("`image/png`, `image/jpeg` or `image/gif`"),
  sha256: text("Hash of the image's bytes"),
  bytes: count("Size of the image"),
  graphicId: text("Id of the graphic"),
  url: text("Where anyone can see the graphic"),
  error: textOrNull("What went wrong, in words"),
};

/** A target as it is printed. */
export const targetSchema = z
  .strictObject({
    host: text("Host of the service, or `sandbox`"),
    library: text("Id of the library, `UR_…` or `GR_…`"),
  })
  .describe("Where graphics go");

export type PrintedTarget = z.infer<typeof targetSchema>;

/** The printed part of a target. */
export function printTarget({ host, library }: PrintedTarget): PrintedTarget {
  return { host, library };
}
