import type { ExportsDocument } from "../../../open/run-api.ts";
import { useApp } from "../state/store.ts";

export type Format = ExportsDocument["formats"][number];
/** The columns that a format goes by; empty: none. */
export type By = Record<Format["by"][number], string>;

export const BY_NONE: By = { groupBy: "", columns: "" };

const LABELS: Readonly<Record<Format["by"][number], string>> = {
  groupBy: "Group by",
  columns: "Fields by",
};
const NO_COLUMN: Readonly<Record<Format["by"][number], string>> = {
  groupBy: "each image alone",
  columns: "the order of the rows",
};

interface ExportColumnsProps {
  format: Format;
  by: By;
  choose(by: By): void;
}

/** The columns that a format can go by. */
export function ExportColumns({ format, by, choose }: ExportColumnsProps) {
  const { sheet } = useApp();
  const columns = sheet?.columns ?? [];
  const missing = ["folder", "name"].filter((name) => !columns.some(({ field }) => field === name));
  const headers = [...new Set([...columns.map(({ header }) => header), ...missing])];
  return (
    <div class="choices">
      {format.by.map((what) => {
        const isNeeded = what === "groupBy" && format.needsGroup;
        return (
          <label key={what} class="field is-short">
            <span>{isNeeded ? "Participant column" : LABELS[what]}</span>
            <select
              value={by[what]}
              required={isNeeded}
              onChange={({ currentTarget }) => choose({ ...by, [what]: currentTarget.value })}
            >
              <option value="">{isNeeded ? "Choose a column…" : NO_COLUMN[what]}</option>
              {headers.map((header) => (
                <option key={header} value={header}>
                  {header}
                </option>
              ))}
            </select>
          </label>
        );
      })}
    </div>
  );
}
