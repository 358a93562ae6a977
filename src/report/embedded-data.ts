import { showValue } from "../manifest/diagnostic.ts";
import { plainName } from "../manifest/header.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { UserError } from "../user-error.ts";
import { type ExportedRow, type Group, groupColumn, groupRows } from "./exported-row.ts";
import { fieldsOf, type LoopColumns } from "./loop-merge.ts";
import { plural } from "./units.ts";

/** Headers that an import of contacts takes for fields of its own, by their plain spellings. */
const CONTACT_FIELDS: ReadonlyMap<string, string> = new Map([
  ["email", "Email"],
  ["primaryemail", "Email"],
  ["firstname", "FirstName"],
  ["lastname", "LastName"],
  ["externaldatareference", "ExternalDataReference"],
  ["extref", "ExternalDataReference"],
  ["language", "Language"],
  ["phone", "Phone"],
]);

/** A column of the table, and what stands in it for each group. */
interface Column {
  header: string;
  /** What it is made of, as the user knows it. */
  source: string;
  textOf(group: Group<ExportedRow>): string;
}

/**
 * A table to import as contacts: one line for each text in the column that `groupBy` names, with two columns for each of
 * its pictures, the id and the address. Columns of the manifest that are a contact's own come along. A column without any
 * text is left out: the import refuses it.
 */
export function embeddedTable(
  rows: readonly ExportedRow[],
  manifest: Manifest,
  { groupBy, columns }: LoopColumns,
): string[][] {
  if (groupBy === undefined) {
    throw new UserError("GROUP_COLUMN_MISSING", "--format embedded needs the column of your IDs", {
      hint: "name it with --group-by, for example --group-by ParticipantID",
    });
  }
  const idOf = groupColumn(manifest, groupBy, "--group-by");
  const groups = groupRows(rows, ({ row }) => idOf(row).trim());
  const source = headerOf(manifest, groupBy);
  refuseWithoutId(groups, source);
  const all = [
    { header: nameOf(source), source, textOf: ({ label }: Group<ExportedRow>) => label },
    ...contactColumns(manifest, source, groups),
    ...pictureColumns(groups, manifest, columns),
  ];
  const table = all.filter(({ textOf }) => groups.some((group) => textOf(group) !== ""));
  refuseAlike(table);
  return [
    table.map(({ header }) => header),
    ...groups.map((group) => table.map(({ textOf }) => textOf(group))),
  ];
}

/** As the manifest writes it. */
function headerOf({ columns }: Manifest, wanted: string): string {
  if (columns.includes(wanted)) return wanted;
  return columns.find((header) => plainName(header) === plainName(wanted)) ?? wanted;
}

function refuseWithoutId(groups: readonly Group<ExportedRow>[], groupBy: string): void {
  const lines = groups.find(({ label }) => label === "")?.members.map(({ row }) => row.line) ?? [];
  if (lines.length === 0) return;
  const message = `${plural(lines.length, "row")} without ${showValue(groupBy)}: line ${listed(lines)}`;
  throw new UserError("EMBEDDED_ID_MISSING", message, {
    hint: "fill the cells in, or take the rows out of the sheet",
  });
}

const MOST_LISTED = 10;

function listed(all: readonly (string | number)[]): string {
  return `${all.slice(0, MOST_LISTED).join(", ")}${all.length > MOST_LISTED ? ", …" : ""}`;
}

/** A header that is a name for embedded data: letters, digits and underscores. */
function nameOf(header: string): string {
  const contact = CONTACT_FIELDS.get(plainName(header));
  if (contact !== undefined) return contact;
  const words = header
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return /^\p{L}/u.test(words) ? words : `graphic_${words}`.replace(/_$/, "");
}

/** Columns that are a contact's own, and say one thing of each. */
function contactColumns(
  { columns }: Manifest,
  groupBy: string,
  groups: readonly Group<ExportedRow>[],
): Column[] {
  return columns.flatMap((source, index) => {
    const header = CONTACT_FIELDS.get(plainName(source));
    if (header === undefined || source === groupBy) return [];
    const textsOf = ({ members }: Group<ExportedRow>) => {
      const texts = members.map(({ row }) => row.cells[index]?.trim() ?? "");
      return [...new Set(texts.filter((text) => text !== ""))];
    };
    if (groups.some((group) => textsOf(group).length > 1)) return [];
    return [{ header, source, textOf: (group: Group<ExportedRow>) => textsOf(group)[0] ?? "" }];
  });
}

function pictureColumns(
  groups: readonly Group<ExportedRow>[],
  manifest: Manifest,
  columns: string | undefined,
): Column[] {
  const fieldOf = columns === undefined ? undefined : groupColumn(manifest, columns, "--columns");
  const fields = fieldsOf(groups, fieldOf);
  const rowAt = ({ members }: Group<ExportedRow>, field: string, place: number) =>
    fieldOf ? members.find(({ row }) => fieldOf(row) === field) : members[place];
  if (fieldOf) refuseTwice(groups, fieldOf);
  return fields.flatMap((source, place) => {
    const header = nameOf(source);
    const of = (group: Group<ExportedRow>) => rowAt(group, source, place);
    return [
      { source, header: `${header}_id`, textOf: (group) => of(group)?.graphicId ?? "" },
      { source, header: `${header}_url`, textOf: (group) => of(group)?.url ?? "" },
    ];
  });
}

/** One picture for each of a line's columns. */
function refuseTwice(
  groups: readonly Group<ExportedRow>[],
  fieldOf: (row: ManifestRow) => string,
): void {
  const faults = groups.flatMap(({ label, members }) =>
    groupRows(members, ({ row }) => fieldOf(row))
      .filter((same) => same.members.length > 1)
      .map((same) => {
        const lines = listed(same.members.map(({ row }) => row.line));
        return `${showValue(label)} has ${showValue(same.label)} in lines ${lines}`;
      }),
  );
  if (faults.length === 0) return;
  throw new UserError("EMBEDDED_TWICE", `two images for one column: ${listed(faults)}`, {
    hint: "name another column with --columns, or leave it out: the order of the rows decides then",
  });
}

/** Upper and lower case are one to embedded data. */
function refuseAlike(columns: readonly Column[]): void {
  const known = new Map<string, Column>();
  for (const column of columns) {
    const key = column.header.toLowerCase();
    const other = known.get(key);
    known.set(key, column);
    if (!other) continue;
    const both = `${showValue(other.source)} and ${showValue(column.source)}`;
    throw new UserError(
      "EMBEDDED_ALIKE",
      `${both} both become the column ${showValue(column.header)}`,
      {
        hint: "give one of them another name: letters, digits and _ count",
      },
    );
  }
}
