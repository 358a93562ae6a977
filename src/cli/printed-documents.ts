import { z } from "zod";

const version = z.literal(1);
const nullableText = z.string().nullable();
const place = {
  /** Null where no row has this folder and name any more. */
  line: z.int().positive().nullable(),
  folder: z.string(),
  name: z.string(),
};

/** What `qgfx results --json` prints for the results CSV. */
export const resultsWrittenSchema = z.strictObject({
  version,
  /** Path of the results, as seen from the working folder. */
  results: z.string(),
});

/** What `qgfx resolve --json` prints. */
export const resolutionSchema = z.strictObject({
  version,
  settled: z.array(
    z.strictObject({
      ...place,
      settled: z.enum(["landed", "absent"]),
      /** Null for `absent`. */
      graphicId: nullableText,
    }),
  ),
  /** Uploads that are still unknown. */
  unknown: z.array(z.strictObject(place)),
});

/** What `qgfx whoami --json` prints; null for what the service left out. */
export const accountSchema = z.strictObject({
  version,
  brandId: nullableText,
  userId: nullableText,
  userName: nullableText,
  accountType: nullableText,
  firstName: nullableText,
  lastName: nullableText,
  email: nullableText,
  datacenter: nullableText,
});

/** What `qgfx libraries --json` prints. */
export const librariesSchema = z.strictObject({
  version,
  libraries: z.array(z.strictObject({ libraryId: z.string(), libraryName: z.string() })),
});

/** The first line `qgfx sandbox` prints. */
export const sandboxStartSchema = z.strictObject({
  url: z.string(),
  token: z.string(),
  library: z.string(),
});

export type ResultsWritten = z.infer<typeof resultsWrittenSchema>;
export type Resolution = z.infer<typeof resolutionSchema>;
export type AccountDocument = z.infer<typeof accountSchema>;
export type LibrariesDocument = z.infer<typeof librariesSchema>;
export type SandboxStart = z.infer<typeof sandboxStartSchema>;
