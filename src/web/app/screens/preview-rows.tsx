import type { PlanState } from "../../../open/sheet-api.ts";
import type { Action, ActionName, Reason } from "../../../plan/planned-row.ts";
import { formatBytes, REASON_TEXT } from "../../../report/units.ts";
import { ImageCell, OldId } from "../parts/image-cell.tsx";
import { ActionMark } from "../parts/marks.tsx";
import type { TableColumn } from "../parts/row-table.tsx";

/** One row of the preview. */
interface PreviewItem {
  action: Action;
  row: number | null;
  /** Of what it replaces, or of the orphan itself. */
  oldId: string | null;
}

/** Actions as the preview lists them, changes first. */
export const ACTION_ORDER: readonly ActionName[] = [
  "replace",
  "create",
  "unknown",
  "orphan",
  "unchanged",
];

/** Reasons whose usual words name commands. */
const REASON_HERE: Partial<Record<Reason, string>> = {
  held: "an earlier upload got no answer; not sent again",
  "held-not-in-manifest": "an upload of a row that is gone got no answer",
  "not-in-manifest": "in the library, but no row has it",
};

/** What the preview says of each row; reasons and old ids have a column where there are any. */
export function previewColumns(items: readonly PreviewItem[]): readonly TableColumn<PreviewItem>[] {
  const hasOld = items.some(({ oldId }) => oldId !== null);
  const hasWhy = items.some(({ action }) => action.reason !== "new");
  return COLUMNS.filter((one) => (one !== OLD_ID || hasOld) && (one !== WHY || hasWhy));
}

const WHY: TableColumn<PreviewItem> = {
  header: "Why",
  track: "minmax(180px, 2fr)",
  show: ({ action: { reason } }) =>
    reason !== "new" && <span class="clamp">{REASON_HERE[reason] ?? REASON_TEXT[reason]}</span>,
};

const OLD_ID: TableColumn<PreviewItem> = {
  header: "Old ID",
  track: "minmax(150px, 1fr)",
  show: ({ oldId }) => oldId !== null && <OldId graphicId={oldId} />,
};

const COLUMNS: readonly TableColumn<PreviewItem>[] = [
  {
    header: "Action",
    track: "116px",
    show: ({ action }) => <ActionMark action={action.action} withWord />,
  },
  {
    header: "Image",
    track: "minmax(200px, 2fr)",
    isRowHeader: true,
    show: ({ action, row, oldId }) => <ImageCell row={row} {...action} oldId={oldId} />,
  },
  WHY,
  OLD_ID,
  {
    header: "Size",
    isExtra: true,
    track: "80px",
    show: ({ action }) => action.bytes > 0 && formatBytes(action.bytes),
  },
];

const HAS_OLD: ReadonlySet<ActionName> = new Set(["replace", "orphan"]);

/** The rows of a plan, and what has none, in the order of the actions. */
export function inOrder({ plan, rows }: PlanState): PreviewItem[] {
  const items = (plan?.actions ?? []).map((action, index) => ({
    action,
    row: rows[index] ?? null,
    oldId: HAS_OLD.has(action.action) ? action.graphicId : null,
  }));
  const rank = ({ action }: PreviewItem) => ACTION_ORDER.indexOf(action.action);
  return items.sort((a, b) => rank(a) - rank(b));
}
