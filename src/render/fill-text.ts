import type { FetchDocument, FillDocument, FilledPlace } from "../report/survey-documents.ts";
import { plural } from "../report/units.ts";
import { escapeText, type Style } from "./terminal-text.ts";

/** What would be put where: a file after the other, one line for each that stands there and takes its place. */
export function formatFilling({ files }: FillDocument, style: Style): string {
  const shown = files.map(({ file, out, places }) => {
    const head = out === null || out === file || places.length === 0 ? file : `${file} → ${out}`;
    return [style("bold", escapeText(head)), ...formatPlaces(places)].join("\n");
  });
  return shown.join("\n");
}

function formatPlaces(places: readonly FilledPlace[]): string[] {
  if (places.length === 0) return ["  nothing to replace"];
  const groups = new Map<string, Map<string, number>>();
  for (const place of places) {
    const where = whereOf(place);
    const lines = groups.get(where) ?? new Map<string, number>();
    const line = escapeText(formatPlace(place));
    groups.set(where, lines.set(line, (lines.get(line) ?? 0) + 1));
  }
  return Array.from(groups, ([where, lines]) => [
    `  ${escapeText(where)}`,
    ...formatLines(lines),
  ]).flat();
}

function whereOf({ line, question, questionText }: FilledPlace): string {
  return question === null ? `line ${line}` : `${question} ${questionText}`.trimEnd();
}

function formatLines(lines: ReadonlyMap<string, number>): string[] {
  return Array.from(
    lines,
    ([line, count]) => `    ${line}${count === 1 ? "" : `, ${count} times`}`,
  );
}

const LONGEST_SHOWN = 60;

function formatPlace({ was, graphicId, folder, name }: FilledPlace): string {
  const shown = was.length > LONGEST_SHOWN ? `${was.slice(0, LONGEST_SHOWN)}…` : was;
  const whose = name === null ? "" : ` (${folder}/${name})`;
  return `${shown} → ${graphicId ?? "nothing"}${whose}`.replace(/\s+/g, " ");
}

/** What was written, or with `--check` what was found. */
export function formatFilled({ files, diagnostics }: FillDocument, check = false): string {
  const lines = files.map(({ file, out, backup, places }) => {
    if (check) return `${file}: ${countOld(places)}`;
    if (diagnostics.some(({ severity }) => severity === "error")) return `${file}: nothing written`;
    if (out === null)
      return `${file}: nothing ${places.length === 0 ? "to replace, nothing " : ""}written`;
    const kept = backup === null ? "" : `; the file as it was is ${backup}`;
    return `${out}: ${plural(places.length, "place")} filled${kept}`;
  });
  return lines.map(escapeText).join("\n");
}

function countOld(places: readonly FilledPlace[]): string {
  const ids = new Set(places.map(({ was }) => was));
  if (ids.size === 0) return "no old IDs";
  const where = ids.size === places.length ? "" : ` in ${plural(places.length, "place")}`;
  return `${plural(ids.size, "old ID")}${where}`;
}

/** What was saved, and each graphic that was not. */
export function formatFetched({ manifest, summary, graphics }: FetchDocument): string {
  const lines = graphics.flatMap(({ graphicId, status, message, files }) => {
    if (message === null) return [];
    const where = files.length === 0 ? "" : ` (${files.join(", ")})`;
    return [`${status} ${graphicId}${where}: ${message}`];
  });
  const lost = graphics.length - summary.saved;
  const end = manifest === null ? "" : `; ${manifest} lists them`;
  const left = lost === 0 ? "" : `, ${plural(lost, "graphic")} not`;
  return [...lines, `${plural(summary.saved, "image")} saved${left}${end}`]
    .map(escapeText)
    .join("\n");
}
