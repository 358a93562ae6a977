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

/** A line of a table. */
export interface ListRecord {
  cells: readonly string[];
  /** 1-based. */
  line: number;
}

/** What a JSON text holds: ids under names, or a table; else the line from which on it is neither. */
export type JsonList =
  | Ids
  | { headers: string[]; records: ListRecord[] }
  | { line: number | undefined };

/** Ids, and the names whose ids are missing. */
interface Ids {
  entries: IdEntry[];
  without: { what: string; line: number }[];
}

/** A value of a JSON text, where it begins, and its members with their keys: of one key there may be two. */
interface Value {
  line: number;
  /** A text, a number, true, false or null. */
  scalar?: unknown;
  isList?: boolean;
  members?: { key: string | undefined; value: Value }[];
}

/** Reads an object name → id, an object of such objects by folder, or a list of objects. */
export function readJsonList(text: string): JsonList {
  const faultLine = findFault(text);
  if (faultLine !== undefined) return { line: faultLine };
  const root = readValues(text);
  if (!root.members) return { line: undefined };
  return (root.isList ? readObjects(root) : readMembers(root)) ?? { line: undefined };
}

/** The line of the first character that is not JSON, where that is known; undefined: the text is JSON. */
function findFault(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const [, at] = /position (\d+)/.exec(String(error)) ?? [];
    return lineAt(text, at === undefined ? text.length : Number(at));
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s{}[\],:"]+|\n/g;

/** The value of a well-formed JSON text. `JSON.parse` would keep the last of a key alone, and no lines. */
function readValues(text: string): Value {
  const top: Value = { line: 1, members: [], isList: true };
  const open = [top];
  let key: string | undefined;
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = open.at(-1) ?? top;
    if (token === "\n") line += 1;
    else if (token === "}" || token === "]") open.pop();
    else if (!level.isList && key === undefined) key = JSON.parse(token);
    else {
      const value = beginValue(token, line);
      level.members?.push({ key, value });
      if (value.members) open.push(value);
      key = undefined;
    }
  }
  return top.members?.[0]?.value ?? top;
}

function beginValue(token: string, line: number): Value {
  if (token === "{" || token === "[") return { line, members: [], isList: token === "[" };
  return { line, scalar: JSON.parse(token) };
}

/** Undefined where a value is not a text, or objects are nested too deep. */
function readMembers({ members = [] }: Value, folder: readonly string[] = []): Ids | undefined {
  const found: Ids = { entries: [], without: [] };
  for (const { key = "", value } of members) {
    const { line, scalar } = value;
    const mayNest = folder.length === 0 && !value.isList;
    const inner = value.members && mayNest ? readMembers(value, [key]) : undefined;
    if (inner) {
      found.entries.push(...inner.entries);
      found.without.push(...inner.without);
    } else if (scalar === null || scalar === "") found.without.push({ what: key, line });
    else if (typeof scalar !== "string") return undefined;
    else {
      const graphicId = idIn(scalar) ?? scalar.trim();
      found.entries.push({ ...NO_PLACE, texts: [...folder, key], graphicId, line });
    }
  }
  return found;
}

const NO_PLACE = { path: "", name: "", folder: "" };

/** The objects of a list as lines of a table, their keys as its headers; undefined where anything is nested deeper. */
function readObjects({ members = [] }: Value): JsonList | undefined {
  const headers = new Map<string, number>();
  const records: ListRecord[] = [];
  for (const { value } of members) {
    if (!value.members || value.isList) return undefined;
    const cells: string[] = [];
    for (const { key = "", value: inner } of value.members) {
      if (inner.members) return undefined;
      const at = headers.get(key) ?? headers.size;
      headers.set(key, at);
      cells[at] = String(inner.scalar ?? "");
    }
    records.push({ cells: Array.from(cells, (cell) => cell ?? ""), line: value.line });
  }
  return { headers: [...headers.keys()], records };
}
