import { fieldOfHeader, plainName } from "./field-names.ts";
import { unguardFormula } from "./formula-guard.ts";
import { FIELDS, type Field, RESULT_COLUMNS, type ResultColumn } from "./manifest.ts";

/** A column that no results column takes: a field, or the user's own. */
export interface OwnColumn {
  /** As written. */
  header: string;
  /** 0-based place in the record. */
  index: number;
}

/** Which cell of a record is what; indexes are 0-based. */
export interface CsvLayout {
  /** Cells a record should have. */
  width: number;
  own: readonly OwnColumn[];
  /** Of two columns for one field the first. */
  fields: Readonly<Partial<Record<Field, number>>>;
  /** Where an earlier run's results stand; undefined: the manifest holds none. */
  results: Readonly<Partial<Record<ResultColumn, number>>> | undefined;
  /** Whether the cells went through `guardFormula`: the file is a results CSV. */
  guarded: boolean;
}

/** Reads the header row; a workbook's cells are never guarded: its texts are texts. */
export function parseHeader(
  cells: readonly string[],
  { guarded: mayBeGuarded } = { guarded: true },
): CsvLayout {
  const results = findResults(cells);
  const guarded = mayBeGuarded && results !== undefined;
  const headers = guarded ? cells.map(unguardFormula) : cells;
  const taken = new Set(Object.values(results ?? {}));
  const own = headers.flatMap((header, index) => (taken.has(index) ? [] : [{ header, index }]));
  return { width: cells.length, own, fields: findFields(own), results, guarded };
}

/**
 * Results columns count only where both `graphicId` and `sha256` are there: a lone `status` or `url` is the user's
 * own. Spelt as the results CSV spells them, or all of them otherwise, as a program may have renamed a whole header
 * (`graphic_id`). Of two with one name the later is the one it added.
 */
function findResults(cells: readonly string[]): CsvLayout["results"] {
  return resultsNamed(cells, (header) => header) ?? resultsNamed(cells, plainName);
}

function resultsNamed(
  cells: readonly string[],
  spell: (header: string) => string,
): CsvLayout["results"] {
  const headers = cells.map(spell);
  const results: Partial<Record<ResultColumn, number>> = {};
  for (const column of RESULT_COLUMNS) {
    const index = headers.lastIndexOf(spell(column));
    if (index !== -1) results[column] = index;
  }
  return results.graphicId === undefined || results.sha256 === undefined ? undefined : results;
}

function findFields(own: readonly OwnColumn[]): CsvLayout["fields"] {
  const fields: Partial<Record<Field, number>> = {};
  for (const field of FIELDS) {
    const column = own.find(({ header }) => fieldOfHeader(header) === field);
    if (column) fields[field] = column.index;
  }
  return fields;
}
