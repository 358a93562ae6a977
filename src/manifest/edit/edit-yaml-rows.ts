import { groupBy } from "../group-by.ts";
import type { Manifest, ManifestOptions, ManifestRow } from "../manifest.ts";
import { parseYaml } from "../parse-yaml.ts";
import { decodeText } from "../text-encoding.ts";
import { encodeEdited } from "./edit-manifest.ts";
import { editYaml } from "./edit-yaml.ts";
import { applySplices, type CellEdit, type ManifestEdit } from "./manifest-edit.ts";

/** More rows than these are edited faster all at once. */
const MOST_ROWS = 500;

/** A piece of the text with one image, from the line of its dash up to the next one's. */
interface Piece {
  start: number;
  end: number;
  row: ManifestRow;
}

/** A piece after the edit: its text and rows, whose lines are counted in it from 0 on. */
interface EditedPiece extends Piece {
  text: string;
  rows: ManifestRow[];
}

/**
 * The same as `editYaml` and reading all anew, for edits of a few images of a long list: each is edited and read by itself,
 * below what stands above the list. Undefined where that is not sure to come to the same: the list is not in block style,
 * something stands below it, or the edit touches many images.
 */
export function editYamlRows(
  manifest: Manifest,
  bytes: Uint8Array,
  edit: ManifestEdit,
  { encoding, defaultFolder }: ManifestOptions,
): { bytes: Uint8Array; manifest: Manifest } | undefined {
  if (manifest.format !== "yaml") return undefined;
  const decoded = decodeText(bytes, encoding);
  if ("message" in decoded) return undefined;
  const text = decoded.utf8.toString("utf8");
  const list = new BlockList(text, manifest.rows, defaultFolder || undefined);
  const edited = list.edit(edit);
  if (!edited) return undefined;
  const after = applySplices(text, edited);
  const rows = list.rowsAfter(edited);
  const encoded = encodeEdited(after, { text, bytes }, decoded, manifest);
  return { bytes: encoded, manifest: { ...manifest, rows } };
}

class BlockList {
  readonly #text: string;
  readonly #rows: readonly ManifestRow[];
  readonly #folder: string | undefined;
  readonly #starts: number[] = [0];
  readonly #indexes: ReadonlyMap<number, number>;
  readonly #head: string;
  readonly #headLines: number;
  readonly #dash: string;

  constructor(text: string, rows: readonly ManifestRow[], folder: string | undefined) {
    this.#text = text;
    this.#rows = rows;
    this.#folder = folder;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
      this.#starts.push(at + 1);
    }
    this.#indexes = new Map(rows.map(({ line }, index) => [line, index]));
    const [first] = rows;
    this.#head = text.slice(0, this.#startOf(first?.line ?? 1));
    this.#headLines = (first?.line ?? 1) - 1;
    this.#dash = this.#dashAt(first?.line ?? 1) ?? "";
  }

  /** Undefined where the images cannot be told apart by their lines. */
  edit({ cells = [], removed = [], added = [] }: ManifestEdit): EditedPiece[] | undefined {
    const touched = new Set([...cells.map(({ line }) => line), ...removed]);
    const last = this.#rows.at(-1)?.line ?? 0;
    const isLastGone = removed.includes(last);
    const isFew = touched.size + added.length <= MOST_ROWS;
    if (!isFew || isLastGone || !this.#isBlock() || !this.#isLastInText(last)) return undefined;
    if (added.length > 0) touched.add(last);
    const gone = new Set(removed);
    const wanted = groupBy(cells, ({ line }) => line);
    const pieces: EditedPiece[] = [];
    for (const line of touched) {
      const piece = this.#pieceAt(line);
      const edited =
        piece &&
        (gone.has(line)
          ? this.#removed(piece)
          : this.#edited(piece, wanted.get(line) ?? [], line === last ? added : []));
      if (!edited) return undefined;
      pieces.push(edited);
    }
    return pieces.toSorted((a, b) => a.start - b.start);
  }

  /** All rows, on the lines where they are now. */
  rowsAfter(pieces: readonly EditedPiece[]): ManifestRow[] {
    const edited = new Map(pieces.map((piece) => [piece.row, piece]));
    let moved = 0;
    return this.#rows.flatMap((row) => {
      const line = row.line + moved;
      const piece = edited.get(row);
      if (!piece) return moved === 0 ? [row] : [{ ...row, line }];
      moved += countLines(piece.text) - countLines(this.#text.slice(piece.start, piece.end));
      return piece.rows.map((one) => ({ ...one, line: line + one.line }));
    });
  }

  #startOf(line: number): number {
    return this.#starts[line - 1] ?? this.#text.length;
  }

  #lineAt(line: number): string {
    return this.#text.slice(this.#startOf(line), this.#startOf(line + 1));
  }

  /** What stands before an image in its line; undefined: it does not begin there. */
  #dashAt(line: number): string | undefined {
    return /^ *- */.exec(this.#lineAt(line))?.[0];
  }

  #isBlock(): boolean {
    return this.#dash.includes("-") && /(^|\n)graphics:[ \t]*(#.*)?\r?\n/.test(this.#head);
  }

  /** Whether below the last image there are only lines that are deeper than its dash, and comments. */
  #isLastInText(line: number): boolean {
    const depth = this.#dash.indexOf("-");
    return this.#text
      .slice(this.#startOf(line + 1))
      .split("\n")
      .every((one) => /^\s*(#|$)/.test(one) || one.search(/[^ ]/) > depth);
  }

  #pieceAt(line: number): Piece | undefined {
    const index = this.#indexes.get(line) ?? -1;
    const row = this.#rows[index];
    const next = this.#rows[index + 1]?.line ?? this.#starts.length + 1;
    if (!row || next <= line || this.#dashAt(line) !== this.#dash) return undefined;
    if (this.#rows[index + 1] && this.#dashAt(next) !== this.#dash) return undefined;
    return { start: this.#startOf(line), end: this.#startOf(next), row };
  }

  #edited(
    piece: Piece,
    cells: readonly CellEdit[],
    added: readonly (readonly string[])[],
  ): EditedPiece | undefined {
    const line = this.#headLines + 1;
    const own = this.#text.slice(piece.start, piece.end);
    const edited = editYaml(this.#head + own, {
      cells: cells.map((cell) => ({ ...cell, line })),
      added,
    });
    if (!edited?.startsWith(this.#head)) return undefined;
    const rows = this.#read(edited);
    if (rows?.length !== 1 + added.length) return undefined;
    return { ...piece, text: edited.slice(this.#head.length), rows };
  }

  /** Beside another image, so that what stands around the one that goes is kept as in the whole list. */
  #removed(piece: Piece): EditedPiece | undefined {
    const other = `${this.#dash}path: x`;
    const own = this.#text.slice(piece.start, piece.end);
    const line = this.#headLines + 1;
    const edited = editYaml(this.#head + own + other, { removed: [line] });
    if (!edited?.startsWith(this.#head) || !edited.endsWith(other)) return undefined;
    if (this.#read(edited)?.length !== 1) return undefined;
    return { ...piece, text: edited.slice(this.#head.length, -other.length), rows: [] };
  }

  /** The rows of a text with this head, their lines counted from below it. */
  #read(text: string): ManifestRow[] | undefined {
    const decoded = { utf8: Buffer.from(text), encoding: "utf-8", bom: false } as const;
    const { manifest } = parseYaml("", decoded, this.#folder);
    return manifest?.rows.map((row) => ({ ...row, line: row.line - this.#headLines - 1 }));
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
