import { placesOf } from "./cell-address.ts";
import { isForbidden } from "./check-text.ts";
import { type Diagnostic, diagnostic, showValue } from "./diagnostic.ts";
import { groupBy } from "./group-by.ts";
import type { Field, Manifest, ManifestRow } from "./manifest.ts";

/** Characters that nobody sees; one that joins two emoji makes another of them. */
const INVISIBLE =
  /(?<!\p{Extended_Pictographic}\ufe0f?)\u200d|(?!\u200d)\p{Cf}|[\u115f\u1160\u3164]|\u034f|\p{Variation_Selector}/gu;

/** A text without what is there and not seen. */
function withoutUnseen(text: string): string {
  return text.normalize("NFC").replace(INVISIBLE, "");
}

/** The same for all texts that look alike. */
function lookOf(text: string): string {
  const isPlain = /^[\x21-\x7e]*$/.test(text);
  return (isPlain ? text : withoutUnseen(text)).toLowerCase();
}

/**
 * Warns of folders, and of names in one folder, that look alike and are not the same: two spellings make two folders
 * in the library, and two graphics that nobody tells apart.
 */
export function checkLookalikes(manifest: Manifest): Diagnostic[] {
  const rows = manifest.rows.filter(
    ({ unsure, folder, name }) => !(unsure || isForbidden(folder) || isForbidden(name)),
  );
  return [
    ...lookalikes(manifest, rows, "folder", ({ folder }) => lookOf(folder)),
    ...lookalikes(manifest, rows, "name", ({ folder, name }) =>
      JSON.stringify([lookOf(folder), lookOf(name)]),
    ),
  ];
}

function lookalikes(
  manifest: Manifest,
  rows: readonly ManifestRow[],
  field: Field & ("folder" | "name"),
  keyOf: (row: ManifestRow) => string,
): Diagnostic[] {
  return [...groupBy(rows, keyOf).values()].flatMap((alike) => {
    const [first, ...others] = groupBy(alike, (row) => row[field]).values();
    return first ? others.map((other) => lookalike(manifest, field, first, other)) : [];
  });
}

function lookalike(
  manifest: Manifest,
  field: "folder" | "name",
  first: readonly ManifestRow[],
  other: readonly ManifestRow[],
): Diagnostic {
  const [a, b] = [first[0], other[0]] as [ManifestRow, ManifestRow];
  const places = placesOf(manifest, field, [a, b]);
  const message = `${places} have ${field}s that look alike: ${showValue(a[field])} and ${showValue(b[field])} differ in ${difference(a[field], b[field])}`;
  const cells = field === "folder" ? folderEdits([...first, ...other]) : [];
  const hints = {
    folder: "write them alike if they are one folder",
    name: "give one of them another name, or delete its row if it is the same image",
  };
  const hint = cells.length > 0 ? "write them alike; 'qgfx validate --fix' does it" : hints[field];
  const place = {
    file: manifest.file,
    line: b.line,
    column: b.columnOf[field],
    field,
    value: b[field],
  };
  const found = diagnostic("warning", "LOOKALIKE", message, hint, place);
  return cells.length > 0 ? { ...found, repair: { kind: "cells", cells } } : found;
}

/** Case is the user's to decide, and what two images of one name become; nobody decides on what cannot be seen. */
function folderEdits(rows: readonly ManifestRow[]): { line: number; text: string }[] {
  return rows.flatMap(({ folder, line, columnOf }) => {
    const text = withoutUnseen(folder);
    return text === folder || columnOf.folder === undefined ? [] : [{ line, text }];
  });
}

function difference(a: string, b: string): string {
  const unseen = [...new Set((a + b).match(INVISIBLE))].map(
    (character) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`,
  );
  const [formA, formB] = [a.normalize("NFC"), b.normalize("NFC")];
  const isForm = a !== formA || b !== formB;
  const isCase = withoutUnseen(a) !== withoutUnseen(b);
  return [
    ...(isForm ? ["the Unicode form of their accents"] : []),
    ...(unseen.length > 0 ? [`invisible characters (${unseen.join(", ")})`] : []),
    ...(isCase ? ["case"] : []),
  ].join(" and ");
}
