import { type Diagnostic, diagnostic, showValue } from "../manifest/diagnostic.ts";
import { plainName } from "../manifest/header.ts";
import { isGraphicId, type Manifest } from "../manifest/manifest.ts";

/** One id of a list, and what the list says of the picture it belongs to; empty where it says nothing. */
export interface IdEntry {
  graphicId: string;
  path: string;
  name: string;
  folder: string;
  /** What stands beside the id where no header says what it is, by column: a name, a path, a folder, or neither. */
  texts: readonly string[];
  /** 1-based line of the list. */
  line: number;
}

/** A list as far as it could be read. */
export interface IdList {
  entries: IdEntry[];
  diagnostics: Diagnostic[];
}

/** The ids in the manifest's own `graphicId` column, or those its results columns hold. */
export function idsOfManifest({ columns, rows }: Manifest): IdEntry[] {
  const index = columns.findIndex((header) => plainName(header) === "graphicid");
  return rows.flatMap((row) => {
    const graphicId = row.prior?.graphicId ?? row.cells[index]?.trim() ?? "";
    const { path, name, folder, line } = row;
    return graphicId === "" ? [] : { graphicId, path, name, folder, texts: [], line };
  });
}

const IN_ADDRESS = /^https?:\/\/\S+\bIM=(IM_[a-zA-Z0-9]{11,15})(?![a-zA-Z0-9])/i;

/** The id in a text, which may be an address. */
export function idIn(written: string): string | undefined {
  const text = written.trim();
  return isGraphicId(text) ? text : IN_ADDRESS.exec(text)?.[1];
}

const HINT = "give each line a name (or path, or folder and name) and an ID, or a JSON object";

/** What is told of a line whose id is missing; it is left. */
export function withoutId(
  file: string,
  { what, line }: { what: string; line: number },
): Diagnostic {
  const place = { file, line, value: what };
  return diagnostic("note", "ID_LIST_NO_ID", `no ID beside ${showValue(what)}`, null, place);
}

/** A list that cannot be read. */
export function failed(
  file: string,
  what: string,
  { hint = HINT, line }: { hint?: string; line?: number | undefined },
): IdList {
  const problem = diagnostic("error", "ID_LIST_UNREADABLE", `${file} ${what}`, hint, {
    file,
    line,
  });
  return { entries: [], diagnostics: [problem] };
}
