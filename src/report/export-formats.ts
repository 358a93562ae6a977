import { extname } from "node:path";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import type { Manifest } from "../manifest/manifest.ts";
import { guardFormula } from "../manifest/text-encoding.ts";
import { PRINTED, text, textOrNull } from "../plan/printed-fields.ts";
import { UserError } from "../user-error.ts";
import { embeddedTable } from "./embedded-data.ts";
import { asciiName, escapeHtml, tabSeparated } from "./escape.ts";
import {
  type ExportedGraphic,
  type ExportedRow,
  type ExportFormat,
  exportedGraphics,
  groupColumn,
  groupRows,
  namedTexts,
} from "./exported-row.ts";
import { type LoopColumns, loopMergeTable } from "./loop-merge.ts";

/** What `qgfx results --json` prints for the results file. */
export const resultsWrittenSchema = z
  .strictObject({
    version: PRINTED.version,
    results: text("The results file"),
  })
  .describe("`qgfx results --json` for the results file.");

/** What `qgfx results --json` prints for a format that is made to be pasted. */
export const exportDocumentSchema = z
  .strictObject({
    version: PRINTED.version,
    format: text("The format"),
    out: textOrNull("Where it was written; `null` where `text` holds it"),
    text: textOrNull("What would be printed"),
    withoutGraphic: z
      .array(z.int().positive())
      .describe("Lines of the rows without a graphic in the library"),
  })
  .describe("`qgfx results --format … --json`: the ids in a format made to be pasted.");

export type ResultsWritten = z.infer<typeof resultsWrittenSchema>;
export type ExportDocument = z.infer<typeof exportDocumentSchema>;

/** What a format makes of the rows: a text, or a table that a spreadsheet takes in several forms. */
export interface Exported {
  /** As it is printed. */
  text: string;
  /** Its first row is the header. */
  table?: readonly (readonly string[])[];
  /** What keeps a spreadsheet from computing a cell of a CSV. */
  guard?: (cell: string) => string;
}

/** The rows in that format. */
export function exportAs(
  format: ExportFormat,
  rows: readonly ExportedRow[],
  manifest: Manifest,
  loop: LoopColumns,
): Exported {
  switch (format) {
    case "json":
      return { text: formatNamesJson(namedTexts(rows, ({ graphicId }) => graphicId)) };
    case "json-urls":
      return { text: formatNamesJson(namedTexts(rows, ({ url }) => url)) };
    case "js":
      return { text: formatScript(rows, manifest, loop.groupBy) };
    case "md":
      return { text: formatMarkdown(exportedGraphics(rows)) };
    case "urls": {
      const table = urlsTable(rows);
      return { table, text: table.map((line) => tabSeparated(line.map(guardFormula))).join("") };
    }
    case "embedded": {
      const table = embeddedTable(rows, manifest, loop);
      return {
        table,
        guard: guardContact,
        text: stringify(table.map((line) => line.map(guardContact))),
      };
    }
    case "html":
      return { text: formatImageTags(exportedGraphics(rows)) };
    case "question":
      return { text: formatQuestions(exportedGraphics(rows)) };
    case "loop-merge": {
      const table = loopMergeTable(rows, manifest, loop);
      return { table, text: table.map(tabSeparated).join("") };
    }
  }
}

/** The same for a file, as its name says: `.xlsx` a workbook, `.csv` a CSV, anything else what is printed. */
export async function formatExportFile(
  { text, table, guard = guardFormula }: Exported,
  file: string,
): Promise<string | Uint8Array> {
  const ending = extname(file).toLowerCase();
  if (ending !== ".xlsx" && ending !== ".csv") return text;
  if (!table) {
    throw new UserError(
      "OUT_FORMAT",
      `${file} is the name of a table, and this format makes none`,
      {
        hint: `name a file that does not end in ${ending}; urls, loop-merge and embedded make tables`,
      },
    );
  }
  if (ending === ".xlsx") {
    const { formatTableWorkbook } = await import("./results-workbook.ts");
    return formatTableWorkbook(table);
  }
  // Excel reads a CSV without a byte order mark as another encoding.
  const options = { bom: true, record_delimiter: "\r\n", quoted_match: /[\r\n]/ };
  return stringify(
    table.map((line) => line.map(guard)),
    options,
  );
}

/** A number with a sign is imported as it is: that of a telephone may begin so. */
function guardContact(cell: string): string {
  return /^[+-][\d ().,-]*$/.test(cell) ? cell : guardFormula(cell);
}

/** A JSON object, name → id or URL, in manifest order. */
function formatNamesJson(named: readonly (readonly [string, string])[]): string {
  // No name is a command to a CI system (`##[`).
  const quoted = (text: string) => JSON.stringify(text).replace(/#(?=#)/g, "\\u0023");
  const lines = named.map(([name, text]) => `  ${quoted(name)}: ${quoted(text)}`);
  // Written line by line: an object would put names such as "10" before all others.
  return lines.length === 0 ? "{}\n" : `{\n${lines.join(",\n")}\n}\n`;
}

/** A name → id → URL table. */
function urlsTable(rows: readonly ExportedRow[]): string[][] {
  const lines = rows.flatMap(({ name, graphicId, url }) =>
    graphicId === null ? [] : [[name, graphicId, url ?? ""]],
  );
  return [["name", "graphicId", "url"], ...lines];
}

/** One `<img>` tag, with alt text. */
export function formatImageTag({ url, alt }: Pick<ExportedGraphic, "url" | "alt">): string {
  return `<img src="${escapeHtml(url)}" alt="${escapeHtml(alt)}">`;
}

/** One `<img>` tag a line, in manifest order. */
function formatImageTags(graphics: readonly ExportedGraphic[]): string {
  return graphics.map((graphic) => `${formatImageTag(graphic)}\n`).join("");
}

/** One Markdown image a line, in manifest order. */
function formatMarkdown(graphics: readonly ExportedGraphic[]): string {
  const plain = (text: string) => text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>&!#$]/g, "\\$&");
  return graphics.map(({ url, alt }) => `![${plain(alt)}](${url})\n`).join("");
}

/**
 * A survey to import (Survey, Tools, Import survey, "Advanced Format" TXT): one block a folder, one text/graphic
 * question an image, each on a page of its own. In the survey editor any of them can become a question of
 * another type.
 */
function formatQuestions(graphics: readonly ExportedGraphic[]): string {
  const numbered = graphics.map((graphic, index) => ({ ...graphic, number: index + 1 }));
  const blocks = groupRows(numbered, ({ folder }) => folder).map(({ label, members }) => {
    const questions = members.map((member) => formatQuestion(member, member.number));
    return `[[Block:${blockName(label)}]]\n\n${questions.join("\n[[PageBreak]]\n\n")}`;
  });
  return `[[AdvancedFormat]]\n\n${blocks.join("\n")}`;
}

function formatQuestion(graphic: ExportedGraphic, number: number): string {
  return `[[Question:DB]]\n[[ID:${questionId(graphic, number)}]]\n${formatImageTag(graphic)}\n`;
}

/** Ids name the columns of the survey's data: short, distinct by their number, letters and digits. */
function questionId({ alt }: ExportedGraphic, number: number): string {
  const words = asciiName(alt);
  return words === "" ? `P${number}` : `P${number}_${words}`;
}

/** A tag ends at the first bracket. */
function blockName(folder: string): string {
  return folder.replaceAll("[", "(").replaceAll("]", ")");
}

/**
 * JavaScript for a question or a survey's header: addresses by name, lists of them by the texts of a column where one is
 * named, to choose from at random, and what loads all of them in advance.
 */
function formatScript(
  rows: readonly ExportedRow[],
  manifest: Manifest,
  groupBy: string | undefined,
): string {
  const names = namedTexts(rows, ({ url }) => url);
  const parts = [`const pictures = ${objectOf(names.map(([name, url]) => [name, quote(url)]))};\n`];
  if (groupBy !== undefined) {
    const labelOf = groupColumn(manifest, groupBy, "--group-by");
    const groups = groupRows(exportedGraphics(rows), ({ row }) => labelOf(row));
    const lists = groups.map(({ label, members }): [string, string] => {
      return [label, `[\n${members.map(({ url }) => `    ${quote(url)},\n`).join("")}  ]`];
    });
    parts.push(`const pictureLists = ${objectOf(lists)};\n`);
  }
  parts.push(PRELOAD);
  return parts.join("\n");
}

const PRELOAD = `// Loads every picture in advance.
Object.values(pictures).forEach(function (url) {
  new Image().src = url;
});
`;

/** Line by line, in order. As a plain key, `__proto__` would be no name. */
function objectOf(entries: readonly (readonly [name: string, value: string])[]): string {
  const lines = entries.map(([name, value]) => {
    return `  ${name === "__proto__" ? `[${quote(name)}]` : quote(name)}: ${value},\n`;
  });
  return `{\n${lines.join("")}}`;
}

/**
 * A string that no page takes for the end of its script, no survey for piped text (`${…}`), and no CI system for a command
 * (`##[`).
 */
function quote(text: string): string {
  const spelled = (found: string) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[<>$\u2028\u2029]|#(?=#)/g, spelled);
}
