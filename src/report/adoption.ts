import { z } from "zod";
import { targetSchema } from "../plan/target.ts";
import { verdictSchema } from "./verification.ts";

/** What became of one row's id. */
export const adoptedRowSchema = z.strictObject({
  line: z.int().positive(),
  path: z.string(),
  name: z.string(),
  folder: z.string(),
  graphicId: z.string(),
  /** Where it was fetched from. */
  url: z.string(),
  /** How the graphic compares with the row's file; null where it was recorded already. */
  verdict: verdictSchema.nullable(),
  status: z.enum(["adopted", "already-recorded", "refused"]),
  /** What is not as it should be, in words. */
  message: z.string().nullable(),
});

const count = z.int().nonnegative();

/** What `qgfx adopt --json` prints. */
export const adoptionSchema = z.strictObject({
  version: z.literal(1),
  manifest: z.string(),
  /** Where the ids come from. */
  from: z.string(),
  target: targetSchema,
  summary: z.strictObject({ adopted: count, alreadyRecorded: count, refused: count }),
  rows: z.array(adoptedRowSchema),
});

export type AdoptedRow = z.infer<typeof adoptedRowSchema>;
export type Adoption = z.infer<typeof adoptionSchema>;

const COUNTED_AS = {
  adopted: "adopted",
  "already-recorded": "alreadyRecorded",
  refused: "refused",
} as const;

/** Counts what became of the ids. */
export function summarizeAdoption(rows: readonly AdoptedRow[]): Adoption["summary"] {
  const summary = { adopted: 0, alreadyRecorded: 0, refused: 0 };
  for (const { status } of rows) summary[COUNTED_AS[status]] += 1;
  return summary;
}

/** What is known of an id that a list gives to a row. */
export interface IdCheck {
  graphicId: string;
  /** The id recorded at the row's address now. */
  recordedId: string | undefined;
  /** Whether the ledger knows the id from any other place or time. */
  isKnown: boolean;
  verdict: z.infer<typeof verdictSchema>;
  message: string | null;
}

/**
 * Whether an id becomes the record; the first line that fits counts. `--force` turns refused into adopted.
 *
 * | the id | the graphic | → |
 * |---|---|---|
 * | is recorded here | any | already-recorded |
 * | another one is recorded here | any | refused |
 * | is recorded elsewhere, or was deleted | any | refused |
 * | is new | exact | adopted |
 * | is new | unreachable: nobody can say | adopted, with the message |
 * | is new | re-encoded, different, missing | refused |
 */
export function decideAdoption(
  check: IdCheck,
  options: { force: boolean },
): Pick<AdoptedRow, "status" | "message"> {
  const { graphicId, recordedId, isKnown, verdict, message } = check;
  if (recordedId === graphicId) return { status: "already-recorded", message: null };
  const reason =
    recordedId === undefined
      ? isKnown
        ? "the ledger knows this id from another place, or as deleted"
        : undefined
      : `${recordedId} is recorded here`;
  if (reason !== undefined)
    return { status: options.force ? "adopted" : "refused", message: reason };
  if (verdict === "exact") return { status: "adopted", message: null };
  if (verdict === "unreachable") return { status: "adopted", message: `not checked: ${message}` };
  return { status: options.force ? "adopted" : "refused", message: `${verdict}: ${message}` };
}
