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
