import { z } from "zod";
import { count, PRINTED } from "../plan/printed-fields.ts";
import { formatCount, formatCounts, plural } from "./units.ts";

/** What became of the ids of a list that `--from` names. */
export const listDocumentSchema = z
  .strictObject({
    ids: count("IDs in the list"),
    fit: count("IDs that belong to one row"),
    left: z
      .array(
        z.strictObject({
          line: z.int().positive().describe("Line of the list"),
          text: z.string().describe("What the list says beside the ID"),
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
