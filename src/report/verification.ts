import { z } from "zod";
import { targetSchema } from "../plan/target.ts";

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
export const verifiedGraphicSchema = z.strictObject({
  /** Line of the manifest; null for an orphan. */
  line: z.int().positive().nullable(),
  path: z.string(),
  name: z.string(),
  folder: z.string(),
  graphicId: z.string(),
  /** Where it was fetched from. */
  url: z.string(),
  /** As recorded, lower-case hex. */
  sha256: z.string(),
  verdict: verdictSchema,
  /** What is not as recorded, in words; null for `exact`. */
  message: z.string().nullable(),
});

const count = z.int().nonnegative();

/** What `qgfx verify --json` prints. */
export const verificationSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string(),
  target: targetSchema,
  summary: z.strictObject({
    exact: count,
    reEncoded: count,
    different: count,
    missing: count,
    unreachable: count,
  }),
  graphics: z.array(verifiedGraphicSchema),
});

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
