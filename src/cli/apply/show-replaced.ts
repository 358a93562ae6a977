import type { Plan } from "../../plan/build-plan.ts";
import { escapeText } from "../../render/escape.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { plural } from "../../report/units.ts";
import type { Terminal } from "../terminal.ts";

/** Lists the graphics that a run replaced, old id and new: surveys still use the old ones. */
export function showReplaced(plan: Plan, recordOf: RecordOf, terminal: Terminal): void {
  const lines = plan.actions.flatMap(({ action, line, folder, name, graphicId: oldId }) => {
    if (action !== "replace" || line === null) return [];
    const { status, graphicId } = recordOf({ folder, name, line });
    const isDone = status === "uploaded" || status === "unchanged";
    return isDone ? `  ${escapeText(`${folder}/${name}`)} ${oldId} → ${graphicId}` : [];
  });
  if (lines.length === 0) return;
  const hint = "change them in your surveys; `qgfx prune --replaced` deletes the old ones";
  terminal.note([`${plural(lines.length, "graphic")} replaced; ${hint}`, ...lines].join("\n"));
}
