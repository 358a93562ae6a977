import { z } from "zod";
import { count, PRINTED, targetSchema, text, textOrNull } from "../plan/printed-fields.ts";

/** How a graphic in the library compares with what was sent. */
export const verdictSchema = z.enum([
  /** The same bytes. */
  "exact",
  /** Other bytes, but a picture of the same width and height. */
  "re-encoded",
  "different",
  /** The service says there is none. */
  "missing",
  /** Nobody could say. */
  "unreachable",
]);

/** One recorded graphic, fetched and compared. */
const verifiedGraphicSchema = z
  .strictObject({
    line: PRINTED.line.nullable().describe("Line of the manifest; `null` for an orphan"),
    path: PRINTED.path,
    name: PRINTED.name,
    folder: PRINTED.folder,
    graphicId: PRINTED.graphicId,
    url: text("Where it was fetched from"),
    sha256: text("Hash of the bytes that were sent"),
    verdict: verdictSchema.describe("How the library's bytes compare with those"),
    message: textOrNull("What is not as recorded, in words; `null` for `exact`"),
  })
  .describe("One recorded graphic, fetched and compared");

/** What `qgfx verify --json` prints. */
export const verificationSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    target: targetSchema,
    summary: z
      .strictObject({
        exact: count("Graphics with the same bytes"),
        reEncoded: count("Other bytes, but an image of the same width and height"),
        different: count("Other bytes"),
        missing: count("Graphics the service does not have"),
        unreachable: count("Graphics that could not be asked for"),
      })
      .describe("Counts"),
    graphics: z
      .array(verifiedGraphicSchema)
      .describe("The rows in manifest order, then the orphans"),
  })
  .describe("`qgfx verify --json`: every recorded graphic, fetched and compared.");

export type Verdict = z.infer<typeof verdictSchema>;
export type VerifiedGraphic = z.infer<typeof verifiedGraphicSchema>;
export type Verification = z.infer<typeof verificationSchema>;

const COUNTED_AS: Record<Verdict, keyof Verification["summary"]> = {
  exact: "exact",
  "re-encoded": "reEncoded",
  different: "different",
  missing: "missing",
  unreachable: "unreachable",
};

/** Counts the verdicts. */
export function summarizeVerification(
  graphics: readonly Pick<VerifiedGraphic, "verdict">[],
): Verification["summary"] {
  const summary = { exact: 0, reEncoded: 0, different: 0, missing: 0, unreachable: 0 };
  for (const { verdict } of graphics) summary[COUNTED_AS[verdict]] += 1;
  return summary;
}

/** Whether every graphic was found, as it was sent or re-encoded in its size. */
export function isVerified({ different, missing, unreachable }: Verification["summary"]): boolean {
  return different + missing + unreachable === 0;
}
