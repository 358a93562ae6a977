import type { Manifest } from "../manifest/manifest.ts";
import {
  type ExportedRow,
  exportedGraphics,
  groupColumn,
  groupRows,
  namedTexts,
} from "./exported-row.ts";

/**
 * JavaScript for a question or a survey's header: addresses by name, lists of them by the texts of a column where one is
 * named, to choose from at random, and what loads all of them in advance.
 */
export function formatScript(
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
