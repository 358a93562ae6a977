import { posix } from "node:path";
import { nearest } from "../manifest/diagnostic.ts";
import { addressKey, type Graphic } from "../plan/recorded.ts";
import type { ExportedRow } from "../report/exported-row.ts";
import type { RowRecord } from "../report/results.ts";
import { hasTags, tidyName } from "./find-references.ts";

/** A row of a manifest, with what its record says. */
export interface KnownRow extends ExportedRow {
  /** The manifest, as it is shown. */
  manifest: string;
  status: RowRecord["status"];
  /** The image's file: absolute, with `/`. */
  file: string;
}

/** What is recorded of a manifest's library. */
export interface KnownRecord {
  /** Tells the library from all others. */
  library: string;
  rows: readonly KnownRow[];
  /** Every graphic that was ever recorded. */
  graphics: readonly Graphic[];
  /** Ids, each with one that was uploaded in its place. */
  replacements: readonly { oldId: string; newId: string }[];
}

/** A row whose graphic can stand in a survey. */
export type PlaceableRow = KnownRow & { graphicId: string };

/** What a name leads to; `rows` of an ambiguous one are those it may mean. */
export type Found =
  | { row: PlaceableRow }
  | { problem: "missing"; near: string | undefined }
  | { problem: "divided" }
  | { problem: "not-uploaded"; row: KnownRow }
  | { problem: "ambiguous"; rows: readonly KnownRow[] };

/** What stands in the place of an id today. `ids`: several, as the id was shared by images that have since changed. */
export type Successor =
  | { state: "current" | "unknown" }
  | { state: "replaced"; graphicId: string }
  | { state: "ambiguous"; ids: readonly string[] }
  | { state: "deleted" | "gone" };

/** Names that were likely meant are looked for so often: each look compares all names. */
const MOST_SUGGESTIONS = 20;

/** The graphics of some manifests, by all that can name them. */
export class KnownGraphics {
  readonly #byName = new Map<string, KnownRow[]>();
  readonly #byFile = new Map<string, KnownRow[]>();
  readonly #byId = new Map<string, KnownRow>();
  readonly #current = new Map<string, string>();
  readonly #past = new Map<string, (Graphic & { place: string })[]>();
  #suggestions = MOST_SUGGESTIONS;
  readonly #next = new Map<string, string[]>();

  constructor(records: readonly KnownRecord[]) {
    for (const record of records) this.#take(record);
  }

  #take({ library, rows, graphics, replacements }: KnownRecord): void {
    for (const row of rows) {
      const { name, folder, file } = row;
      const path = row.row.path.replaceAll("\\", "/");
      for (const key of new Set([name, `${folder}/${name}`, path, posix.normalize(path)])) {
        add(this.#byName, tidyName(key), row);
      }
      add(this.#byFile, file.normalize("NFC"), row);
      if (row.graphicId !== null) this.#byId.set(row.graphicId, row);
    }
    for (const graphic of graphics) {
      const place = `${library}\u0000${addressKey(graphic)}`;
      if (graphic.state === "current") this.#current.set(place, graphic.graphicId);
      add(this.#past, graphic.graphicId, { ...graphic, place });
    }
    for (const { oldId, newId } of replacements) add(this.#next, oldId, newId);
  }

  /** The graphic that a placeholder names: path, `folder/name` or name, in any of its spellings. */
  find(names: readonly string[]): Found {
    for (const name of names) {
      const rows = this.#byName.get(name) ?? this.#byName.get(posix.normalize(name));
      if (rows) return choose(rows);
    }
    if (hasTags({ names })) return { problem: "divided" };
    const known = this.#suggestions > 0 ? [...this.#byName.keys()] : [];
    this.#suggestions -= 1;
    return { problem: "missing", near: names.flatMap((name) => nearest(name, known) ?? [])[0] };
  }

  /**
   * The graphic of an image's file; undefined: no manifest has the file. `paths` are tried from each folder. Of several
   * rows with one file any will do.
   */
  findFile(paths: readonly string[], folders: readonly string[]): Found | undefined {
    for (const folder of folders) {
      for (const path of paths) {
        const rows = this.#byFile.get(isAbsolute(path) ? path : posix.join(folder, path));
        const row = rows?.find(({ graphicId }) => graphicId !== null) ?? rows?.[0];
        if (row) return choose([row]);
      }
    }
    return undefined;
  }

  /** The row that has an id now. */
  rowOf(graphicId: string): KnownRow | undefined {
    return this.#byId.get(graphicId);
  }

  /** The hash of the image that was uploaded under an id. */
  sha256Of(graphicId: string): string | undefined {
    return this.#past.get(graphicId)?.[0]?.sha256;
  }

  /** What took the place of an id, over however many steps. */
  successorOf(graphicId: string): Successor {
    if (this.#isCurrent(graphicId)) return { state: "current" };
    const seen = new Set([graphicId]);
    const ends: string[] = [];
    // Ids that are added are come to later.
    for (const id of seen) {
      if (this.#isCurrent(id)) ends.push(id);
      else for (const next of this.#nextOf(id)) seen.add(next);
    }
    const [first, second] = ends;
    if (second !== undefined) return { state: "ambiguous", ids: ends };
    if (first !== undefined) return { state: "replaced", graphicId: first };
    const past = this.#past.get(graphicId);
    if (!past && seen.size === 1) return { state: "unknown" };
    return { state: past?.every(({ state }) => state === "deleted") ? "deleted" : "gone" };
  }

  #isCurrent(graphicId: string): boolean {
    const isRecorded = this.#past.get(graphicId)?.some(({ state }) => state === "current");
    return isRecorded === true || this.#byId.has(graphicId);
  }

  #nextOf(graphicId: string): string[] {
    const atPlaces = this.#past.get(graphicId)?.flatMap(({ place }) => {
      return this.#current.get(place) ?? [];
    });
    return [...(this.#next.get(graphicId) ?? []), ...(atPlaces ?? [])];
  }
}

/** A path of POSIX or Windows. */
function isAbsolute(path: string): boolean {
  return posix.isAbsolute(path) || /^[a-z]:\//i.test(path);
}

function choose(rows: readonly KnownRow[]): Found {
  const [row] = rows;
  const ids = new Set(rows.map(({ graphicId }) => graphicId));
  if (!row) return { problem: "missing", near: undefined };
  if (ids.size > 1 || (rows.length > 1 && ids.has(null))) return { problem: "ambiguous", rows };
  const { graphicId } = row;
  return graphicId === null ? { problem: "not-uploaded", row } : { row: { ...row, graphicId } };
}

function add<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
