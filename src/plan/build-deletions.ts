import { z } from "zod";
import { groupBy } from "../manifest/group-by.ts";
import { PRINTED } from "./printed-fields.ts";
import { addressKey, type FolderAndName, type Graphic, isCurrent } from "./recorded.ts";

/** What prune or undo would do about one recorded graphic. */
export const deletionSchema = z.strictObject({
  action: z
    .enum(["delete", "release"])
    .describe("`release`: only the record changes, for others use the graphic"),
  reason: z
    .enum(["orphan", "replaced", "made-by-run", "in-doubt"])
    .describe("Why it is to go; `in-doubt`: an earlier deletion got no answer"),
  graphicId: PRINTED.graphicId,
  folder: PRINTED.folder,
  name: PRINTED.name,
  bytes: PRINTED.bytes,
  alsoAt: z
    .array(z.strictObject({ folder: PRINTED.folder, name: PRINTED.name }))
    .describe(
      "Other addresses that share the id: `delete` takes it from them, `release` leaves it",
    ),
});

export type Deletion = z.infer<typeof deletionSchema>;
export type DeletionReason = Deletion["reason"];

/**
 * What prune deletes: orphans, ids whose deletion got no answer and, if asked for, what was replaced. An id
 * that a row still wants stays in the library.
 *
 * | recorded here as | id current at an address that stays | → |
 * |---|---|---|
 * | orphan | no | delete |
 * | orphan | yes (shared bytes) | release |
 * | in doubt or replaced | no | delete |
 * | in doubt or replaced | yes | nothing |
 */
export function planPrune(
  graphics: readonly Graphic[],
  orphans: readonly FolderAndName[],
  options: { includeReplaced: boolean },
): Deletion[] {
  const held = graphics.filter(isHeld);
  const orphanKeys = new Set(orphans.map(addressKey));
  const chosen = held.flatMap((graphic) => {
    const reason = graphic.ownedByManifest ? pruneReason(graphic, orphanKeys, options) : undefined;
    return reason ? [{ graphic, reason }] : [];
  });
  const leaving = new Set(chosen.map(({ graphic }) => graphic));
  const staying = groupBy(
    held.filter((graphic) => isCurrent(graphic) && !leaving.has(graphic)),
    ({ graphicId }) => graphicId,
  );
  const seen = new Set<string>();
  return chosen.flatMap(({ graphic, reason }) => {
    const alsoAt = staying.get(graphic.graphicId) ?? [];
    if (alsoAt.length > 0) {
      return reason === "orphan" ? [describe("release", reason, graphic, alsoAt)] : [];
    }
    if (seen.has(graphic.graphicId)) return [];
    seen.add(graphic.graphicId);
    return [describe("delete", reason, graphic, [])];
  });
}

function pruneReason(
  graphic: Graphic,
  orphanKeys: ReadonlySet<string>,
  { includeReplaced }: { includeReplaced: boolean },
): DeletionReason | undefined {
  if (graphic.isInDoubt) return "in-doubt";
  if (graphic.state === "replaced") return includeReplaced ? "replaced" : undefined;
  return orphanKeys.has(addressKey(graphic)) ? "orphan" : undefined;
}

/**
 * What undo deletes: every id the run brought, whoever else uses it by now; an id that the run only shared or
 * adopted was not made by it: an address that shared one lets go of it.
 */
export function planUndo(graphics: readonly Graphic[], run: number): Deletion[] {
  const held = graphics.filter(isHeld);
  const inUse = groupBy(held.filter(isCurrent), ({ graphicId }) => graphicId);
  const made = held.filter(
    (graphic) =>
      graphic.run === run && (graphic.source === "upload" || graphic.source === "resolved"),
  );
  const madeIds = new Set(made.map(({ graphicId }) => graphicId));
  const shared = held.filter(
    (graphic) =>
      graphic.run === run &&
      graphic.source === "shared" &&
      isCurrent(graphic) &&
      !madeIds.has(graphic.graphicId),
  );
  const othersAt = (graphic: Graphic) =>
    (inUse.get(graphic.graphicId) ?? []).filter((one) => one !== graphic);
  return [
    ...made.map((graphic) => {
      const reason = graphic.isInDoubt ? "in-doubt" : "made-by-run";
      return describe("delete", reason, graphic, othersAt(graphic));
    }),
    ...shared.map((graphic) => describe("release", "made-by-run", graphic, othersAt(graphic))),
  ];
}

function isHeld({ state }: Graphic): boolean {
  return state !== "deleted";
}

function describe(
  action: Deletion["action"],
  reason: DeletionReason,
  { graphicId, folder, name, bytes }: Graphic,
  others: readonly Graphic[],
): Deletion {
  const alsoAt = others.map((other) => ({ folder: other.folder, name: other.name }));
  return { action, reason, graphicId, folder, name, bytes, alsoAt };
}
