import { z } from "zod";
import { type Action, actionSchema } from "../plan/planned-row.ts";
import { PRINTED } from "../plan/printed-fields.ts";
import type { FolderAndName, Graphic, PastRow } from "../plan/recorded.ts";
import { graphicSchema, pastRowSchema } from "../plan/recorded-schema.ts";
import { targetSchema } from "../plan/target.ts";

/** What `qgfx explain --json` prints: the row, what apply would do, and all that is recorded of it. */
export const explanationSchema = z
  .strictObject({
    version: PRINTED.version,
    manifest: PRINTED.manifest,
    line: PRINTED.line,
    target: targetSchema,
    action: actionSchema.describe("The row's action in the plan, as in `plan`"),
    recorded: graphicSchema
      .nullable()
      .describe("The graphic that apply would replace or leave; `null` where there is none"),
    versions: z
      .array(graphicSchema)
      .describe("Every graphic ever recorded at the address, and at the one the row comes from"),
    runs: z.array(pastRowSchema).describe("Every run that meant to send the row"),
  })
  .describe("`qgfx explain --json`: why one row is what the plan says, and what was tried.");

export type Explanation = z.infer<typeof explanationSchema>;

/**
 * Puts a row's explanation together. `graphics` are all of its library that are or were at the row's address or at
 * the one it comes from, `rows` what the runs did about them.
 */
export function buildExplanation(
  {
    manifest,
    target,
    action,
  }: Pick<Explanation, "manifest" | "target"> & {
    action: Action & { line: number };
  },
  graphics: readonly Graphic[],
  rows: readonly PastRow[],
): Explanation {
  const versions = graphics.map(printGraphic);
  const runs = rows.toSorted((a, b) => a.run - b.run);
  const recorded = versions.findLast(({ graphicId }) => graphicId === action.graphicId) ?? null;
  return { version: 1, manifest, line: action.line, target, action, recorded, versions, runs };
}

function printGraphic(graphic: Graphic): z.infer<typeof graphicSchema> {
  const { run: _, recordedBy: __, ownedByManifest: ___, isInDoubt: ____, ...printed } = graphic;
  return printed;
}

/** Of a library's graphics those that are or were at one address. */
export function graphicsAt(graphics: readonly Graphic[], place: FolderAndName): Graphic[] {
  return graphics.filter(({ folder, name }) => folder === place.folder && name === place.name);
}

/** The addresses whose histories explain a row: its own, then the one it was renamed or moved from. */
export function explainedAddresses(
  { folder, name }: FolderAndName,
  former: FolderAndName | undefined,
): FolderAndName[] {
  const isSame = former === undefined || (former.folder === folder && former.name === name);
  return isSame ? [{ folder, name }] : [{ folder, name }, former];
}
