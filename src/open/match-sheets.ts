import { fieldsOf } from "../manifest/header.ts";
import { FIELDS, type ManifestRow } from "../manifest/manifest.ts";

/** What makes two rows the same to whoever compares them. */
export type RowKey = (row: ManifestRow) => string;

/** A row's address in the library. */
export const addressOf: RowKey = ({ folder, name }) => JSON.stringify([folder, name]);

/**
 * The place among the `old` rows of each row, each old one once: by the first key under which there is one left, of several
 * the first; undefined: none.
 */
export function matchRows(
  old: readonly ManifestRow[],
  rows: readonly ManifestRow[],
  keys: readonly RowKey[],
): (number | undefined)[] {
  const found: (number | undefined)[] = rows.map(() => undefined);
  const left = new Set(old.keys());
  for (const keyOf of keys) {
    if (left.size === 0) break;
    const places = placesBy(keyOf, old, left);
    for (const [index, row] of rows.entries()) {
      const place = found[index] === undefined ? places.get(keyOf(row))?.shift() : undefined;
      if (place === undefined) continue;
      left.delete(place);
      found[index] = place;
    }
  }
  return found;
}

/** The places of rows that are left, by a key of theirs. */
function placesBy(
  keyOf: RowKey,
  rows: readonly ManifestRow[],
  left: ReadonlySet<number>,
): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, row] of rows.entries()) {
    if (!left.has(place)) continue;
    const key = keyOf(row);
    const there = places.get(key);
    if (there) there.push(place);
    else places.set(key, [place]);
  }
  return places;
}

/**
 * Names columns so that those of two sheets can be compared: one of a field is the same whatever it is called, others are by
 * their header.
 */
export function columnKeys(columns: readonly string[]): string[] {
  const fields = fieldsOf(columns);
  const seen = new Map<string, number>();
  return columns.map((header, at) => {
    const field = FIELDS.find((one) => fields[one] === at);
    if (field) return fieldKey(field);
    const count = seen.get(header) ?? 0;
    seen.set(header, count + 1);
    return `own ${count} ${header}`;
  });
}

/** The key of a field's column. */
export function fieldKey(field: string): string {
  return `field ${field}`;
}
