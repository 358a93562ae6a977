import { z } from "zod";
import { PRINTED } from "../plan/printed-fields.ts";

const { version } = PRINTED;
const nullableText = z.string().nullable();

/** What `qgfx whoami --json` prints. */
export const accountSchema = z
  .strictObject({
    version,
    brandId: nullableText.describe("The brand"),
    userId: nullableText.describe("The user; also the id of the personal library"),
    userName: nullableText.describe("The login"),
    accountType: nullableText.describe("The service's own type"),
    firstName: nullableText.describe("First name"),
    lastName: nullableText.describe("Last name"),
    email: nullableText.describe("E-mail address"),
    datacenter: nullableText.describe("Data center of the account; the host to use may be another"),
  })
  .describe(
    "`qgfx whoami --json`: the account a token belongs to. `null` is what the service left out.",
  );

/** What `qgfx libraries --json` prints. */
export const librariesSchema = z
  .strictObject({
    version,
    libraries: z
      .array(
        z.strictObject({
          libraryId: z.string().describe("What `--library` takes"),
          libraryName: z.string().describe("Its name"),
        }),
      )
      .describe("Every library the token can reach"),
  })
  .describe("`qgfx libraries --json`.");

/** What `qgfx setup --json` prints. */
export const setupDocumentSchema = z
  .strictObject({
    version,
    file: z.string().describe("Where it is kept, readable by this user alone"),
    host: nullableText.describe("Address of the account; `null` where nothing is kept"),
    library: nullableText.describe("Library id"),
    hasToken: z.boolean().describe("Whether a token is kept; it is never printed"),
    keyedLibraries: z
      .array(
        z.strictObject({
          host: z.string().describe("Address of the service"),
          library: z.string().describe("Library id"),
          foundAt: z.string().describe("When a probe found that keys work there"),
        }),
      )
      .optional()
      .describe("Libraries that uploads are sent to with an `Idempotency-Key`; absent if none"),
  })
  .describe("`qgfx setup --json`, with `--show` or `--forget` too: what is kept for this user.");

/** One thing that must be right before an upload can succeed. */
const checkSchema = z.strictObject({
  check: z
    .enum(["node", "host", "clock", "token", "library", "keys", "disk", "ledger"])
    .describe("What was checked; `keys` only where uploads are sent with an `Idempotency-Key`"),
  status: z
    .enum(["ok", "warning", "failed", "skipped"])
    .describe("`skipped`: it depends on a check that failed"),
  message: z.string().describe("What was found"),
  hint: z.string().nullable().describe("What to do; `null` where nothing is to be done"),
});

/** What `qgfx doctor --json` prints. */
export const diagnosisSchema = z
  .strictObject({
    version,
    checks: z.array(checkSchema).describe("One for each thing that must be right"),
  })
  .describe(
    "`qgfx doctor --json`: what an upload depends on, checked. Exit code 2 where a check failed.",
  );

export type Account = z.infer<typeof accountSchema>;
export type Libraries = z.infer<typeof librariesSchema>;
export type SetupDocument = z.infer<typeof setupDocumentSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Diagnosis = z.infer<typeof diagnosisSchema>;
