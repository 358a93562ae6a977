import type { Adoption } from "../report/adoption.ts";
import type { ExportDocument } from "../report/export-formats.ts";
import type { Finding, ListedUnknown, Resolved } from "../report/resolution.ts";
import { formatCount, plural } from "../report/units.ts";
import type { Verdict, Verification } from "../report/verification.ts";
import type { Style } from "./terminal-text.ts";
import { escapeText } from "./terminal-text.ts";

const COLOUR = {
  exact: "green",
  "re-encoded": "yellow",
  different: "red",
  missing: "red",
  unreachable: "red",
} as const satisfies Record<Verdict, Parameters<Style>[0]>;

/** A verification for a person: each graphic that is not exact, then the counts. */
export function formatVerification({ summary, graphics }: Verification, style: Style): string {
  const lines = graphics
    .filter(({ verdict }) => verdict !== "exact")
    .map(({ verdict, folder, name, graphicId, message }) => {
      const place = escapeText(`${folder}/${name}`);
      return `${style(COLOUR[verdict], verdict)} ${place} ${graphicId}: ${escapeText(message ?? "")}`;
    });
  const counts = [
    [summary.exact, "exact"],
    [summary.reEncoded, "re-encoded in the same size"],
    [summary.different, "different"],
    [summary.missing, "missing"],
    [summary.unreachable, "unreachable"],
  ] as const;
  const said = counts.filter(([count], index) => count > 0 || index === 0);
  return [...lines, said.map(([count, what]) => `${formatCount(count)} ${what}`).join(", ")].join(
    "\n",
  );
}

/** What became of each id that is not simply adopted, and the counts. */
export function formatAdoption({ rows, summary }: Adoption): string {
  const told = rows.filter(({ message }) => message !== null);
  const lines = told.map(({ line, folder, name, graphicId, status, message }) =>
    escapeText(`${status} line ${line}, ${folder}/${name} ${graphicId}: ${message}`),
  );
  const parts = [`${summary.adopted} adopted`];
  if (summary.alreadyRecorded > 0) parts.push(`${summary.alreadyRecorded} recorded already`);
  if (summary.refused > 0)
    parts.push(`${summary.refused} refused (--force takes them all the same)`);
  return [...lines, parts.join(", ")].join("\n");
}

/** How unknown uploads were settled, and which are left, with what to do about them. */
export function formatResolution({ findings, left }: Resolved): string {
  const done = findings.map((finding) => `${nameOf(finding.unknown)}: ${endOf(finding)}`);
  if (left.length === 0) return [...done, "no unknown uploads left"].join("\n");
  const open = left.map((unknown) => `? ${nameOf(unknown)}: ${escapeText(unknown.error)}`);
  const how = left.some(({ line }) => line === null) ? `; ${WITHOUT_LINE}` : "";
  const count = `${plural(left.length, "upload")} got no answer; look in the library, then say --landed LINE=IM_… or --absent LINE${how}`;
  return [...done, ...open, count].join("\n");
}

const WITHOUT_LINE = "say FOLDER/NAME where no row is any more";

function endOf({ unknown, graphicId }: Finding): string {
  if (graphicId !== undefined) return graphicId;
  return unknown.line === null ? "absent" : "absent, the next apply uploads it";
}

function nameOf({ line, folder, name }: ListedUnknown): string {
  const place = escapeText(`${folder}/${name}`);
  return line === null ? place : `line ${line}, ${place}`;
}

/** What was written where. */
export function formatResultsWritten({ results, rows }: { results: string; rows: number }): string {
  return `${plural(rows, "row")} written to ${escapeText(results)}`;
}

/** The text to be pasted, or where it was written. */
export function formatExport({ format, out, text }: ExportDocument): string {
  return out === null ? (text ?? "").replace(/\n$/, "") : `${format} written to ${escapeText(out)}`;
}
