// What action.yml shows of a command's --json on stdin: a table in Markdown, for GITHUB_STEP_SUMMARY. With `results` in
// place of the command: where a run's results are.
import { readFileSync } from "node:fs";

const MOST_ROWS = 100;
const [command] = process.argv.slice(2);
const documents = parse(readFileSync(0, "utf8"));
const end = documents.find(({ event }) => event === "run.finished");
process.stdout.write(
  command === "results" ? (end?.results ?? "") : `### qgfx ${command}\n\n${describe().join("\n")}`,
);

/** One document, or one a line. */
function parse(text) {
  try {
    return [JSON.parse(text)];
  } catch {
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  }
}

function describe() {
  const failure = documents.find((one) => one.error && one.event === undefined);
  if (failure) return describeFailure(failure);
  return command === "plan" ? describePlan(documents[0]) : describeRun();
}

function describePlan({ target, summary, actions }) {
  const changes = actions.filter(({ action }) => action !== "unchanged");
  return [
    `Library ${cell(target.library)} on ${cell(target.host)}.\n`,
    table(["create", "replace", "unchanged", "orphan", "unknown"], [summary]),
    table(["action", "reason", "folder", "name", "path"], changes),
  ];
}

function describeRun() {
  const rows = documents.filter(({ event }) => event === "item.finished");
  const told = rows.filter(({ status }) => status !== "unchanged");
  return [
    table(["uploaded", "unchanged", "failed", "unknown", "notRun"], end ? [end.summary] : []),
    table(["status", "folder", "name", "graphicId", "error"], told),
  ];
}

function describeFailure({ error: { code, message, hint }, diagnostics = [] }) {
  return [
    `${cell(code)}: ${cell(message)}\n`,
    hint ? `${cell(hint)}\n` : "",
    table(["severity", "line", "field", "code", "message"], diagnostics),
  ];
}

function table(columns, rows) {
  if (rows.length === 0) return "";
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const shown = rows.slice(0, MOST_ROWS).map((row) => line(columns.map((key) => cell(row[key]))));
  const more = rows.length > MOST_ROWS ? `\nand ${rows.length - MOST_ROWS} more\n` : "";
  return [line(columns), line(columns.map(() => "---")), ...shown, more].join("\n");
}

/** Whoever opens a pull request writes names: they are shown as text, whatever is in them. */
function cell(value) {
  const text = String(value ?? "").replaceAll(/\s+/g, " ");
  return text.replaceAll(/[^\p{L}\p{N} .,:;/_'-]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}
