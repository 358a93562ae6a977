import { z } from "zod";
import { graphicSchema, manifestSchema } from "./schema.ts";

/** One thing the schema says against a manifest. */
export type SchemaIssue = z.core.$ZodIssue;

/** The manifest around its images. */
const outerSchema = manifestSchema.extend({ graphics: z.array(z.unknown()) });

/**
 * What `manifestSchema` says against a manifest. Image by image, so that the reader can stop: a hostile list
 * holds hundreds of thousands that are none.
 */
export function* schemaIssues(manifest: unknown): Generator<SchemaIssue> {
  const outer = outerSchema.safeParse(manifest);
  if (!outer.success) yield* outer.error.issues;
  for (const [index, graphic] of graphicsOf(manifest).entries()) {
    const checked = graphicSchema.safeParse(graphic);
    for (const issue of checked.error?.issues ?? []) {
      yield { ...issue, path: ["graphics", index, ...issue.path] };
    }
  }
}

function graphicsOf(manifest: unknown): readonly unknown[] {
  if (typeof manifest !== "object" || manifest === null || !("graphics" in manifest)) return [];
  return Array.isArray(manifest.graphics) ? manifest.graphics : [];
}
