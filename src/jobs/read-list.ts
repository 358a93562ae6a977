import { resolve } from "node:path";
import { readManifestBytes } from "../files/read-file.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import type { IdEntry, IdList } from "../plan/id-list.ts";
import { matchIds } from "../plan/match-ids.ts";
import { parseIdList } from "../plan/read-id-list.ts";
import { addressKey, type UnknownUpload } from "../plan/recorded.ts";
import { formatList, type UsedList } from "../report/adoption.ts";
import type { Finding, ListedUnknown } from "../report/resolution.ts";
import { UserError } from "../user-error.ts";
import type { JobHost } from "./watcher.ts";

/** A list's ids, and how the list is shown. */
export interface ReadList extends IdList {
  file: string;
}

const STANDARD_INPUT = "standard input";

/** Reads the list that `--from` names; `-`: what is piped in, or pasted at the terminal. */
export async function readList(from: string, { cwd, readInput }: JobHost): Promise<ReadList> {
  if (from !== "-") {
    return { file: from, ...parseIdList(from, await readManifestBytes(resolve(cwd, from))) };
  }
  if (!readInput) {
    throw new UserError("INPUT_MISSING", "there is no standard input to read the list from", {
      hint: "name a file with --from",
    });
  }
  return { file: STANDARD_INPUT, ...parseIdList(STANDARD_INPUT, await readInput()) };
}

/**
 * Finds unknown uploads in a list of the library: an id that the ledger knows is not the answer to any. Undefined: the
 * list has errors, which were told. A `UserError` where none of the uploads is in it.
 */
export async function findListed(
  from: string,
  unknowns: readonly ListedUnknown[],
  { ledger, uploads, host }: { ledger: Ledger; uploads: readonly UnknownUpload[]; host: JobHost },
): Promise<{ findings: Finding[]; list: UsedList } | undefined> {
  const { file, entries, diagnostics } = await readList(from, host);
  const paths = new Map(uploads.map((one) => [addressKey(one), one.path]));
  const rows = unknowns.map((unknown) => {
    return { ...unknown, path: paths.get(addressKey(unknown)) ?? "", unknown };
  });
  const fresh = entries.filter(({ graphicId }) => !ledger.knowsId(graphicId));
  const telling = { file, command: "RESOLVE", what: "unknown upload" } as const;
  const { matches, left, diagnostics: unfit } = matchIds(rows, fresh, telling);
  const found: Diagnostic[] = [...diagnostics, ...unfit];
  host.watcher.tell({ kind: "diagnostics", found });
  if (hasErrors(found)) return undefined;
  const recorded = entries.filter(({ graphicId }) => ledger.knowsId(graphicId));
  const list: UsedList = {
    ids: entries.length,
    fit: fresh.length - left.length,
    left: [...left, ...recorded.map(recordedId)].sort((a, b) => a.line - b.line),
  };
  host.watcher.tell({ kind: "note", text: formatList(file, list) });
  if (matches.length === 0) throw nothingFits(file);
  return {
    list,
    findings: matches.map(({ row, graphicId }) => ({ unknown: row.unknown, graphicId })),
  };
}

function recordedId({ line, graphicId, path, name, texts }: IdEntry): UsedList["left"][number] {
  const text = path || name || texts.filter((one) => one !== "").join(", ");
  return { line, text, graphicId, reason: "recorded" };
}

function nothingFits(file: string): UserError {
  const message = `${file} has none of the unknown uploads; nothing was recorded`;
  return new UserError("RESOLVE_NOTHING_FITS", message, {
    hint: "check that it lists this library; what is not in the library is settled with --absent",
  });
}
