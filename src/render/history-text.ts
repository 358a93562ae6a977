import type { HistoryDocument } from "../report/past-run.ts";
import { escapeText } from "./terminal-text.ts";

const COLUMNS = ["run", "command", "started", "by", "library", "did", "exit"] as const;

/** A manifest's runs as a table, oldest first. */
export function formatHistory({ runs }: HistoryDocument): string {
  const table = [[...COLUMNS], ...runs.map(formatRun)];
  const widths = COLUMNS.map((_column, index) =>
    table.reduce((widest, cells) => Math.max(widest, cells[index]?.length ?? 0), 0),
  );
  const lines = table.map((cells) => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)));
  return lines.map((cells) => cells.join("  ").trimEnd()).join("\n");
}

function formatRun(past: HistoryDocument["runs"][number]): string[] {
  const { run, command, startedAt, user, machine, library, host, exitCode } = past;
  return [
    String(run),
    command,
    startedAt.replace("T", " ").replace(/\.\d+Z$/, "Z"),
    `${user}@${machine}`,
    `${library} on ${host}`,
    formatCounts(past),
    exitCode === null ? "-" : String(exitCode),
  ].map(escapeText);
}

function formatCounts(past: HistoryDocument["runs"][number]): string {
  if (past.finishedAt === null) return "did not end";
  const counts = [
    [past.uploaded, "uploaded"],
    [past.unchanged, "unchanged"],
    [past.deleted, "deleted"],
    [past.failed, "failed"],
    [past.unknown, "unknown"],
    [past.notRun, "not run"],
  ] as const;
  const said = counts.filter(([count]) => (count ?? 0) > 0);
  return said.length === 0 ? "nothing" : said.map(([count, noun]) => `${count} ${noun}`).join(", ");
}
