import { createHash } from "node:crypto";
import type { Answer } from "./answer.ts";
import type { Library } from "./state.ts";
import type { Graphic } from "./store.ts";

// What is not selectable is not copied: of what is marked, names and ids alone reach the clipboard, a line each.
const STYLE = `
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem }
body * { -webkit-user-select: none; user-select: none }
td { padding: .2rem 3rem .2rem 0; white-space: pre-wrap }
table, tbody, tr, td { -webkit-user-select: text; user-select: text }`;

const HEADERS = {
  "content-security-policy": `default-src 'none'; img-src data:; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

/**
 * The list that an account shows under Account Settings, Qualtrics IDs: all graphics of a library, name and id, to be
 * copied as text (qualtrics-api: In surveys). Its order is assumed: as they came.
 */
export function listPage(libraries: readonly Library[], graphics: readonly Graphic[]): Answer {
  const lists = libraries.map(({ libraryId, libraryName }) => {
    const title = `<h2>Graphics of ${escapeHtml(libraryName)}, ${escapeHtml(libraryId)}</h2>`;
    return title + tableOf(graphics.filter((graphic) => graphic.libraryId === libraryId));
  });
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Qualtrics IDs of the sandbox</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Qualtrics IDs</h1>
<p>As your account lists them under Account Settings, Qualtrics IDs: mark the list, copy it, paste it into a file.</p>
<p><a href="/">All of the sandbox</a></p>
${lists.join("\n")}
</main>
</body>
</html>
`;
  return { status: 200, contentType: "text/html; charset=utf-8", body, headers: HEADERS };
}

function tableOf(graphics: readonly Graphic[]): string {
  if (graphics.length === 0) return "\n<p>no graphics</p>";
  const rows = graphics.map(
    ({ name, id }) => `<tr><td>${escapeHtml(name)}</td><td>${id}</td></tr>`,
  );
  return `\n<table><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** For text between tags. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}
