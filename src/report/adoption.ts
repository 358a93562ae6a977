import { z } from "zod";
import { count, PRINTED, targetSchema, text, textOrNull } from "../plan/printed-fields.ts";
import { formatCount, formatCounts, plural } from "./units.ts";
import { type VerifiedGraphic, verdictSchema } from "./verification.ts";

/** What became of the ids of a list that `--from` names. */
export const listDocumentSchema = z
  .strictObject({
    ids: count("IDs in the list"),
    fit: count("IDs that belong to one row"),
    left: z
      .array(
        z.strictObject({
          line: z.int().positive().describe("Line of the list"),
          text: text("What the list says beside the ID"),
          graphicId: PRINTED.graphicId,
          reason: z
            .enum(["no-row", "ambiguous", "two-ids", "recorded"])
            .describe(
              "`no-row`: it belongs to none; `ambiguous`: to one of several; `two-ids`: its row is given several; `recorded`: another upload has it",
            ),
        }),
      )
      .describe("IDs that were left"),
  })
  .optional()
  .describe("The list of `--from`; absent without it");

/** What became of a list's ids. */
export type UsedList = NonNullable<z.infer<typeof listDocumentSchema>>;

/** The same on one line, for a person: `3 IDs: 2 fit, 1 belongs to no row`. */
export function formatList(file: string, { ids, fit, left }: UsedList): string {
  const because = (reason: UsedList["left"][number]["reason"]) =>
    left.filter((one) => one.reason === reason).length;
  const counts = formatCounts(
    [
      [fit, "fit"],
      [because("recorded"), "recorded for another upload"],
      [because("no-row"), "without a row"],
      [because("ambiguous") + because("two-ids"), "ambiguous"],
    ],
    1,
    formatCount,
  );
  return `${file}: ${plural(ids, "ID")}; ${counts}`;
}

/** What became of one row's id. */
const adoptedRowSchema = z
  .strictObject({
    line: PRINTED.line,
    path: PRINTED.path,
    name: PRINTED.name,
    folder: PRINTED.folder,
    graphicId: PRINTED.graphicId,
    url: text("Where it was fetched from"),
    verdict: verdictSchema
      .nullable()
      .describe("How the library's bytes compare with the file; `null`: it was recorded already"),
    status: z.enum(["adopted", "already-recorded", "refused"]).describe("What became of the row"),
    message: textOrNull("What is not as it should be, in words"),
  })
  .describe("What became of one id");

/** What `qgfx adopt --json` prints. */
export const adoptionSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    from: text("Where the ids come from"),
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
