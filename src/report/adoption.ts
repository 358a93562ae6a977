import { z } from "zod";
import { count, PRINTED } from "../plan/printed-fields.ts";
import { targetSchema } from "../plan/target.ts";
import { listDocumentSchema } from "./list-document.ts";
import { type VerifiedGraphic, verdictSchema } from "./verification.ts";

/** What became of one row's id. */
export const adoptedRowSchema = z
  .strictObject({
    line: PRINTED.line,
    path: PRINTED.path,
    name: PRINTED.name,
    folder: PRINTED.folder,
    graphicId: PRINTED.graphicId,
    url: z.string().describe("Where it was fetched from"),
    verdict: verdictSchema
      .nullable()
      .describe("How the library's bytes compare with the file; `null`: it was recorded already"),
    status: z.enum(["adopted", "already-recorded", "refused"]).describe("What became of the row"),
    message: z.string().nullable().describe("What is not as it should be, in words"),
  })
  .describe("What became of one id");

/** What `qgfx adopt --json` prints. */
export const adoptionSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    from: z.string().describe("Where the ids come from"),
    target: targetSchema,
    summary: z
      .strictObject({
        adopted: count("Ids taken over"),
        alreadyRecorded: count("Ids the ledger had"),
        refused: count("Ids that were not taken over"),
      })
      .describe("Counts"),
    list: listDocumentSchema,
    rows: z.array(adoptedRowSchema).describe("The rows that have an id"),
  })
  .describe("`qgfx adopt --json`: ids taken over from an earlier way of uploading.");

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

/**
 * Whether an id becomes the record; the first line that fits counts. `--force` turns refused into adopted.
 * `recordedId` is the one at the row's address now; `isKnown`: the ledger knows the id from any place or time.
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
  { graphicId, verdict, message }: Pick<VerifiedGraphic, "graphicId" | "verdict" | "message">,
  { recordedId, isKnown, force }: { recordedId: string | null; isKnown: boolean; force: boolean },
): Pick<AdoptedRow, "status" | "message"> {
  if (recordedId === graphicId) return { status: "already-recorded", message: null };
  const reason =
    recordedId === null
      ? isKnown
        ? "the ledger knows this id from another place, or as deleted"
        : undefined
      : `${recordedId} is recorded here`;
  if (reason !== undefined) return { status: force ? "adopted" : "refused", message: reason };
  if (verdict === "exact") return { status: "adopted", message: null };
  if (verdict === "unreachable") return { status: "adopted", message: `not checked: ${message}` };
  return { status: force ? "adopted" : "refused", message: `${verdict}: ${message}` };
}
