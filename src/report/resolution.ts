import { z } from "zod";
import { PRINTED, textOrNull } from "../plan/printed-fields.ts";
import { addressKey, type FolderAndName, type UnknownUpload } from "../plan/recorded.ts";
import { listDocumentSchema, type UsedList } from "./adoption.ts";

/** An upload that got no answer, and where its row is. */
export interface ListedUnknown extends FolderAndName {
  /** Line of the manifest; null where no row has this folder and name any more. */
  line: number | null;
  /** Why there is no answer. */
  error: string;
}

/**
 * The unsettled unknowns that a manifest's plan holds: those at its rows in their order, whoever sent them, then
 * those it sent itself and whose row is gone. Of a shard the latter are none, as in its plan.
 */
export function listUnknowns(
  rows: readonly (FolderAndName & { line: number })[],
  unknowns: readonly UnknownUpload[],
  { isShard }: { isShard: boolean },
): ListedUnknown[] {
  const left = new Map(unknowns.map((unknown) => [addressKey(unknown), unknown]));
  const atRows = rows.flatMap((row): ListedUnknown[] => {
    const key = addressKey(row);
    const unknown = left.get(key);
    left.delete(key);
    return unknown ? [listed(unknown, row.line)] : [];
  });
  if (isShard) return atRows;
  const gone = [...left.values()].filter(({ ownedByManifest }) => ownedByManifest);
  return [...atRows, ...gone.map((unknown) => listed(unknown, null))];
}

/** Whether a row is called so on a command line: by its name, or by folder and name. */
export function isCalled({ folder, name }: FolderAndName, text: string): boolean {
  return text === name || text === `${folder}/${name}`;
}

function listed({ folder, name, error }: UnknownUpload, line: number | null): ListedUnknown {
  return { line, folder, name, error };
}

const place = {
  line: PRINTED.line
    .nullable()
    .describe("Line of the manifest where the row starts; `null` where the row is gone"),
  folder: PRINTED.folder,
  name: PRINTED.name,
};

/** What `qgfx resolve --json` prints. */
export const resolutionSchema = z
  .strictObject({
    version: PRINTED.version,
    settled: z
      .array(
        z
          .strictObject({
            ...place,
            settled: z
              .enum(["landed", "absent"])
              .describe("`landed`: it is in the library; `absent`: it is not"),
            graphicId: textOrNull("Its id; `null` for `absent`"),
          })
          .describe("An upload that is settled"),
      )
      .describe("Uploads settled now"),
    unknown: z
      .array(z.strictObject(place).describe("An upload that got no answer"))
      .describe("Uploads still unknown"),
    list: listDocumentSchema,
  })
  .describe("`qgfx resolve --json`: what was settled, and what is still unknown.");

export type Resolution = z.infer<typeof resolutionSchema>;

/** What the user found of one unanswered upload; `graphicId` undefined: it is not in the library. */
export interface Finding {
  unknown: ListedUnknown;
  graphicId: string | undefined;
}

/** What was settled, and what is still unknown. */
export interface Resolved {
  findings: readonly Finding[];
  left: readonly ListedUnknown[];
  /** What became of the ids of a list; undefined without one. */
  list?: UsedList | undefined;
}

/** The same as it is printed. */
export function describeResolution({ findings, left, list }: Resolved): Resolution {
  const placeOf = ({ line, folder, name }: ListedUnknown) => ({ line, folder, name });
  const settled = findings.map(({ unknown, graphicId }) => ({
    ...placeOf(unknown),
    settled: graphicId === undefined ? ("absent" as const) : ("landed" as const),
    graphicId: graphicId ?? null,
  }));
  return { version: 1, settled, unknown: left.map(placeOf), ...(list && { list }) };
}
