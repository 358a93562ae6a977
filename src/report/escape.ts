/**
 * One line of tab-separated cells, as spreadsheets and the Loop & Merge table take them from the clipboard: a
 * tab or a line break within a cell would end it, so it becomes a space.
 */
export function tabSeparated(cells: readonly string[]): string {
  const texts = cells
    .map((cell) => cell.replace(/[\t\r\n]+/g, " "))
    .map((cell) => (CI_COMMAND.test(cell) ? `'${cell.replaceAll("##", "# #")}` : cell));
  return `${texts.join("\t")}\n`;
}

/** What a CI system would take for a command of its own where it stands in what is printed. */
const CI_COMMAND = /^\s*::|##(?=\[|vso\[|teamcity\[)/i;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // The service reads `${…}` in a question's HTML as piped text, and `[[…]]` in an import as a tag.
  $: "&#36;",
  "[": "&#91;",
  "]": "&#93;",
};

/** Text for HTML that is pasted into a survey, in an element or in a quoted attribute; on one line. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, " ")
    .replace(/[&<>"'$[\]]/g, (found) => ENTITIES[found] ?? found);
}

const LONGEST_NAME = 30;

/** A text as a part of a name that surveys take: letters, digits and underscores of ASCII, at most 30. */
export function asciiName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, LONGEST_NAME);
}
