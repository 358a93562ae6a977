import { showValue } from "../manifest/diagnostic.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import { type ExportedRow, type Group, groupColumn, groupRows } from "./exported-row.ts";
import { plural } from "./units.ts";

/** Which rows make one row of the table, and which field each of them is; by columns of the manifest. */
export interface LoopColumns {
  /** Without it every name is a row. */
  groupBy?: string | undefined;
  /** Without it the order of the manifest's rows decides the fields. */
  columns?: string | undefined;
}

/** The rows by groups, each in the order of the fields. A `UserError` where a group has no row, or several, for a field. */
export function loopGroups<Row extends ExportedRow>(
  rows: readonly Row[],
  manifest: Manifest,
  { groupBy, columns }: LoopColumns,
): { fields: string[]; groups: { label: string; rows: Row[] }[] } {
  const labelOf = groupBy === undefined ? undefined : groupColumn(manifest, groupBy, "--group-by");
  const fieldOf = columns === undefined ? undefined : groupColumn(manifest, columns, "--columns");
  const isGrouped = labelOf !== undefined || fieldOf !== undefined;
  const groups = isGrouped
    ? groupRows(rows, ({ row }) => (labelOf ? labelOf(row) : row.name))
    : rows.map((row) => ({ label: row.name, members: [row] }));
  const fields = fieldsOf(groups, fieldOf);
  const nameOf = fieldOf
    ? ({ row }: ExportedRow) => fieldOf(row)
    : (_row: ExportedRow, place: number) => fields[place] ?? "";
  checkGroups(groups, fields, nameOf);
  const filled = groups.map(({ label, members }) => {
    const byField = new Map(members.map((row, place) => [nameOf(row, place), row]));
    return { label, rows: fields.flatMap((field) => byField.get(field) ?? []) };
  });
  return { fields, groups: filled };
}

/**
 * The rows of a block's Loop & Merge table below a header that names its fields: field 1 is the group, fields 2 and on
 * are the ids of its pictures. A picture without an id leaves its cell empty, so that the others keep their fields.
 */
export function loopMergeTable(
  rows: readonly ExportedRow[],
  manifest: Manifest,
  loop: LoopColumns,
): string[][] {
  const { fields, groups } = loopGroups(rows, manifest, loop);
  const lines = groups.map((group) => [
    group.label,
    ...group.rows.map(({ graphicId }) => graphicId ?? ""),
  ]);
  return [[loop.groupBy ?? "name", ...fields], ...lines];
}

/** What a column says of the rows; without one, names of as many fields as the largest group has rows. */
export function fieldsOf(
  groups: readonly Group<ExportedRow>[],
  fieldOf: ((row: ManifestRow) => string) | undefined,
): string[] {
  if (fieldOf) {
    const texts = groups.flatMap(({ members }) => members.map(({ row }) => fieldOf(row)));
    return [...new Set(texts)].sort(compareNatural);
  }
  const length = groups.reduce((most, { members }) => Math.max(most, members.length), 0);
  return Array.from({ length }, (_, place) => `graphic ${place + 1}`);
}

/** One order for everybody, whatever the order of the rows: a sheet that is sorted anew keeps its fields. */
function compareNatural(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true }) || (a < b ? -1 : 1);
}

const GROUPS_LISTED = 10;

/** Every group has one row for each field: a gap or a second row would show a picture as another condition. */
function checkGroups(
  groups: readonly Group<ExportedRow>[],
  fields: readonly string[],
  nameOf: (row: ExportedRow, place: number) => string,
): void {
  const faults = groups.flatMap(({ label, members }) => {
    const lines = new Map(fields.map((field) => [field, [] as number[]]));
    for (const [place, member] of members.entries()) {
      lines.get(nameOf(member, place))?.push(member.row.line);
    }
    const said = [...lines].flatMap(([field, found]) => {
      if (found.length === 1) return [];
      if (found.length === 0) return `has no ${showValue(field)}`;
      return `has ${showValue(field)} in lines ${found.join(", ")}`;
    });
    return said.length === 0 ? [] : [`${showValue(label)} ${said.join(" and ")}`];
  });
  if (faults.length === 0) return;
  const more = faults.length > GROUPS_LISTED ? `; and ${faults.length - GROUPS_LISTED} more` : "";
  const list = faults.slice(0, GROUPS_LISTED).join("; ");
  throw new UserError(
    "LOOP_GROUPS_UNEVEN",
    `${plural(faults.length, "group")} without one row for each field: ${list}${more}`,
    {
      hint: "give each group one row for each field, or name other columns with --group-by and --columns",
    },
  );
}
