import { extname } from "node:path";
import { findHeader, readRecords } from "../manifest/csv-records.ts";
import { type Diagnostic, diagnostic } from "../manifest/diagnostic.ts";
import { parseHeader, plainName } from "../manifest/header.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { decodeText, unguardFormula } from "../manifest/text-encoding.ts";

/** One id of an earlier script, and what it says of the picture it belongs to; empty where it says nothing. */
export interface IdEntry {
  graphicId: string;
  path: string;
  name: string;
  folder: string;
  /** For JSON: a name, a path or `folder/name`. */
  key: string;
  /** 1-based line of the list. */
  line: number;
}

/** A list as far as it could be read. */
export interface IdList {
  entries: IdEntry[];
  diagnostics: Diagnostic[];
}

const NO_PLACE = { path: "", name: "", folder: "" };
const ID_HEADERS = ["graphicid", "imageid", "id", "im"];

/** Reads ids from a JSON map (name, path or `folder/name` → id) or a CSV with a graphicId and a path or name column. */
export function parseIdList(file: string, bytes: Uint8Array): IdList {
  return extname(file).toLowerCase() === ".json" ? parseJson(file, bytes) : parseCsv(file, bytes);
}

/** The ids in the manifest's own `graphicId` column, or those its results columns hold. */
export function idsOfManifest({ columns, rows }: Manifest): IdEntry[] {
  const index = columns.findIndex((header) => plainName(header) === "graphicid");
  return rows.flatMap((row) => {
    const graphicId = row.prior?.graphicId ?? row.cells[index]?.trim() ?? "";
    const { path, name, folder, line } = row;
    return graphicId === "" ? [] : { graphicId, path, name, folder, key: "", line };
  });
}

function parseJson(file: string, bytes: Uint8Array): IdList {
  const text = Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  const entries = isJson(text) ? readMembers(text) : undefined;
  if (entries) return { entries, diagnostics: [] };
  return failed(file, "is not a JSON object of names or paths and their ids", {
    hint: 'write it as {"sun.png": "IM_…"}',
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const STRING = String.raw`("(?:[^"\\]|\\.)*")`;
const MEMBER = new RegExp(String.raw`\s*${STRING}\s*:\s*${STRING}\s*([,}])`, "y");

/** The members of an object of texts, each with its line; undefined for any other JSON. `JSON.parse` keeps the last of a name alone. */
function readMembers(text: string): IdEntry[] | undefined {
  const start = /^\s*\{/.exec(text)?.[0].length;
  if (start === undefined) return undefined;
  const entries: IdEntry[] = [];
  if (/^\s*\}\s*$/.test(text.slice(start))) return entries;
  let line = 1 + countLines(text.slice(0, start));
  MEMBER.lastIndex = start;
  for (;;) {
    const [member, key, id, end] = MEMBER.exec(text) ?? [];
    if (member === undefined || key === undefined || id === undefined) return undefined;
    const lead = /^\s*/.exec(member)?.[0] ?? "";
    line += countLines(lead);
    entries.push({ ...NO_PLACE, key: JSON.parse(key), graphicId: JSON.parse(id).trim(), line });
    if (end === "}") return entries;
    line += countLines(member.slice(lead.length));
  }
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}

function parseCsv(file: string, bytes: Uint8Array): IdList {
  const text = decodeText(bytes);
  if ("message" in text) return failed(file, text.message, { hint: "save the file as UTF-8" });
  const header = findHeader(text.utf8);
  if (!header || "reason" in header)
    return failed(file, "has no header row that can be read", HINT);
  const { fields, guarded } = parseHeader(header.cells);
  const idIndex = header.cells.findIndex((cell) => ID_HEADERS.includes(plainName(cell)));
  if (idIndex === -1 || (fields.path === undefined && fields.name === undefined)) {
    return failed(file, "has no graphicId column, or neither a path nor a name column", HINT);
  }
  const entries: IdEntry[] = [];
  const broken = readRecords(text.utf8, header.delimiter, header.next, (record, line) => {
    const cells = guarded ? record.map(unguardFormula) : record;
    const cell = (index: number | undefined) => cells[index ?? -1]?.trim() ?? "";
    const graphicId = cell(idIndex);
    const place = { path: cell(fields.path), name: cell(fields.name), folder: cell(fields.folder) };
    if (graphicId !== "") entries.push({ ...place, graphicId, key: "", line });
  });
  const [first] = broken;
  if (!first) return { entries, diagnostics: [] };
  return failed(file, "holds a row that cannot be read", { ...HINT, line: first.line });
}

const HINT = { hint: "give a CSV with the columns name (or path) and graphicId, or a JSON map" };

function failed(
  file: string,
  what: string,
  { hint, line }: { hint: string; line?: number },
): IdList {
  const problem = diagnostic("error", "ID_LIST_UNREADABLE", `${file} ${what}`, hint, {
    file,
    line,
  });
  return { entries: [], diagnostics: [problem] };
}
