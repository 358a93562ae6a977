import { stat } from "node:fs/promises";
import { readManifestBytes } from "../files/read-manifest.ts";
import { parseBytes } from "../jobs/open-job.ts";
import type { Draft } from "../jobs/watcher.ts";
import { fieldOfHeader } from "../manifest/header.ts";
import type { Inspection } from "../manifest/image.ts";
import type { Manifest, ManifestRow } from "../manifest/manifest.ts";
import { isWorkbookName } from "../manifest/manifest.ts";
import type { GridColumn, GridRow, Refusal, SheetDocument, SheetHead } from "./api.ts";

/** Where a sheet is. */
export interface SheetPlace {
  /** Absolute. */
  path: string;
  /** As the user would name it, relative to the directory that is served. */
  file: string;
  /** As jobs are given it, relative to the working directory. */
  given: string;
}

/** The sheet that all pages show, as it was read. */
export class OpenSheet {
  readonly place: SheetPlace;
  /** See `Draft.inspections`. */
  readonly inspections = new Map<string, Inspection>();
  #revision = 1;
  #bytes: Uint8Array = new Uint8Array();
  #manifest: Manifest | undefined;
  #problem: Refusal["error"] | null = null;
  #isChangedOnDisk = false;
  /** Of the file when it was read. */
  #stamp = "";

  private constructor(place: SheetPlace) {
    this.place = place;
  }

  /** Reads a sheet; a `UserError` where that cannot be done at all. */
  static async open(place: SheetPlace): Promise<OpenSheet> {
    const sheet = new OpenSheet(place);
    await sheet.#read();
    return sheet;
  }

  /** Reads the file again: what it holds now is what is shown. */
  async reload(): Promise<void> {
    await this.#read();
    this.#revision += 1;
  }

  async #read(): Promise<void> {
    const { path, given } = this.place;
    this.#stamp = await stampOf(path);
    this.#bytes = await readManifestBytes(path);
    const { manifest, diagnostics } = await parseBytes(given, this.#bytes, {});
    const first = diagnostics.find(({ severity }) => severity === "error");
    this.#manifest = manifest;
    this.#problem = manifest || !first ? null : pick(first);
    this.#isChangedOnDisk = false;
  }

  get revision(): number {
    return this.#revision;
  }

  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  get head(): SheetHead {
    return {
      file: this.place.file,
      format: this.#manifest?.format ?? formatOf(this.place.file),
      revision: this.#revision,
      isChanged: false,
      undo: null,
      redo: null,
      recoveredAt: null,
      isChangedOnDisk: this.#isChangedOnDisk,
    };
  }

  get document(): SheetDocument {
    const manifest = this.#manifest;
    return {
      version: 1,
      head: this.head,
      columns: manifest ? describeColumns(manifest) : [],
      rows: manifest?.rows.map(describeRow) ?? [],
      problem: this.#problem,
    };
  }

  /** For jobs. */
  get draft(): Draft {
    return { path: this.place.path, bytes: this.#bytes, inspections: this.inspections };
  }

  /** Ids of the rows, by the lines where they start. */
  rowIds(): Map<number, number> {
    return new Map(this.#manifest?.rows.map(({ line }, id) => [line, id]));
  }

  /** A row as the rules see it. */
  rowById(id: number): ManifestRow | undefined {
    return this.#manifest?.rows[id];
  }

  /** Looks whether the file has changed since it was read; true where that is news. */
  async lookAtFile(): Promise<boolean> {
    if (this.#isChangedOnDisk || (await stampOf(this.place.path)) === this.#stamp) return false;
    const now = await readManifestBytes(this.place.path).catch(() => undefined);
    if (now && Buffer.compare(now, this.#bytes) === 0) {
      this.#stamp = await stampOf(this.place.path);
      return false;
    }
    this.#isChangedOnDisk = true;
    return true;
  }
}

function pick({ code, message, hint }: Refusal["error"]): Refusal["error"] {
  return { code, message, hint };
}

/** Changes when the file does; empty where it is not there. */
async function stampOf(path: string): Promise<string> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : "";
}

function formatOf(file: string): SheetHead["format"] {
  if (isWorkbookName(file)) return "xlsx";
  return /\.ya?ml$/i.test(file) ? "yaml" : "csv";
}

function describeColumns({ columns }: Manifest): GridColumn[] {
  return columns.map((header, index) => ({
    index,
    header,
    field: fieldOfHeader(header) ?? null,
    isEditable: false,
  }));
}

function describeRow({ line, cells, path, name, folder }: ManifestRow, id: number): GridRow {
  return { id, line, cells: [...cells], path, name, folder };
}
