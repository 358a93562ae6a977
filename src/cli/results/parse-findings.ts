import { isGraphicId } from "../../manifest/graphic-id.ts";
import type { ManifestRow } from "../../manifest/manifest.ts";
import { UserError } from "../../user-error.ts";

/** What the user found of one row's unanswered upload; `graphicId` undefined: it is not in the library. */
export interface Finding {
  row: ManifestRow;
  graphicId: string | undefined;
}

/**
 * Reads `--landed LINE=IM_…` and `--absent LINE|all` against the rows that are unknown. A UserError for
 * anything that is not one of those rows, not an id, or said twice.
 */
export function parseFindings(
  answers: { landed: readonly string[]; absent: readonly string[] },
  unknownRows: readonly ManifestRow[],
): Finding[] {
  const byLine = new Map(unknownRows.map((row) => [row.line, row]));
  const findings = new Map<number, Finding>();
  const ids = new Set<string | undefined>();
  const add = (option: string, line: string, graphicId: string | undefined) => {
    const row = rowAt(option, line, byLine);
    if (findings.has(row.line)) throw invalid(option, `line ${row.line} is named twice`);
    if (graphicId !== undefined && ids.has(graphicId)) {
      throw invalid(option, `${graphicId} is given to two lines`);
    }
    ids.add(graphicId);
    findings.set(row.line, { row, graphicId });
  };
  for (const text of answers.landed) add("--landed", ...parseLanded(text));
  for (const text of answers.absent.filter((one) => one !== "all"))
    add("--absent", text, undefined);
  if (answers.absent.includes("all")) {
    for (const row of unknownRows) {
      if (!findings.has(row.line)) findings.set(row.line, { row, graphicId: undefined });
    }
  }
  return [...findings.values()];
}

function parseLanded(text: string): [line: string, graphicId: string] {
  const [line = "", graphicId = ""] = text.split("=", 2);
  if (isGraphicId(graphicId)) return [line, graphicId];
  throw invalid(
    "--landed",
    `'${text}' is not LINE=ID: expected a line, '=' and IM_ with 11 to 15 letters or digits`,
  );
}

function rowAt(option: string, line: string, byLine: Map<number, ManifestRow>): ManifestRow {
  const row = /^\d+$/.test(line) ? byLine.get(Number(line)) : undefined;
  if (row) return row;
  const lines = [...byLine.keys()].join(", ");
  throw invalid(option, `line '${line}' holds no unknown upload, these do: ${lines || "none"}`);
}

function invalid(option: string, message: string): UserError {
  return new UserError("RESOLVE_INVALID", `${option}: ${message}`, {
    hint: "run `qgfx resolve` with the manifest alone to list the unknown uploads and their lines",
  });
}
