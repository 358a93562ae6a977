import { escapeHtml } from "../escape-html.ts";
import { formatCount } from "../units.ts";
import { formatCard } from "./format-card.ts";
import { formatTotals } from "./format-totals.ts";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { ReportPage, ReportRow } from "./report-page.ts";

/** SHA-256 of a text's UTF-8, in base64. */
export type HashText = (text: string) => string;

/**
 * A plan or a finished run as one HTML page that needs nothing else: style, script and pictures are inside,
 * and its policy (CSP 3 §2.3.1) lets it load nothing more. It reads without the script too.
 */
export function formatReportPage(page: ReportPage, hashText: HashText): string {
  const title = `${page.kind} of ${page.manifest}`;
  const { host, library } = page.target;
  const cards = page.rows.map(formatCard);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${formatPolicy(hashText)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>qgfx ${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#pictures">skip to the pictures</a>
<header>
<h1>${page.kind === "plan" ? "Plan" : "Results"} <span class="of">of</span> <bdi>${escapeHtml(page.manifest)}</bdi></h1>
<p>library <code>${escapeHtml(library)}</code> on ${escapeHtml(host)} · <time datetime="${escapeHtml(page.madeAt)}">${escapeHtml(page.madeAt.slice(0, 16).replace("T", " "))} UTC</time></p>
<p class="summary">${escapeHtml(page.summary)}</p>
${formatTotals(page)}
</header>
<main>
${formatControls(page)}
<h2 id="pictures" tabindex="-1">Pictures</h2>
<div id="cards">
${formatLists(cards)}
</div>
<p class="nothing" id="nothing" hidden>no picture fits these filters</p>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/**
 * Cards a list: a browser lays out only the lists in sight, which keeps ten thousand rows scrolling. It
 * divides by one to six, so that no column has a gap between two lists.
 */
const CARDS_A_LIST = 60;

function formatLists(cards: readonly string[]): string {
  const count = Math.ceil(cards.length / CARDS_A_LIST);
  return Array.from({ length: count }, (_, index) => {
    const some = cards.slice(index * CARDS_A_LIST, (index + 1) * CARDS_A_LIST);
    return `<ul class="cards" role="list" aria-label="Pictures, part ${index + 1}">\n${some.join("\n")}\n</ul>`;
  }).join("\n");
}

function formatPolicy(hashText: HashText): string {
  const style = `'sha256-${hashText(PAGE_STYLE)}'`;
  const script = `'sha256-${hashText(PAGE_SCRIPT)}'`;
  return `default-src 'none'; style-src ${style}; script-src ${script}; img-src data:; base-uri 'none'; form-action 'none'`;
}

/** Hidden until the script runs: without it they would do nothing. */
function formatControls({ kind, rows }: ReportPage): string {
  const folders = [...new Set(rows.map(({ action }) => action.folder))];
  const actions = [...new Set(rows.map(({ action }) => action.action))];
  const byAction = kind === "apply" ? formatSelect("action", "Action", "any action", actions) : "";
  return `<div class="controls" id="controls" role="search" aria-label="Filter and sort" hidden>
<label>Text <input type="search" id="text" placeholder="name, path, id…" autocomplete="off" spellcheck="false"></label>
${formatSelect("folder", "Folder", "all folders", folders)}
${byAction}<label>Sort <select id="sort"><option value="place">manifest order</option><option value="name">name</option><option value="folder">folder</option><option value="bytes">size, largest first</option><option value="type">type</option><option value="state">${kind === "plan" ? "action" : "outcome"}</option></select></label>
${formatCopyIds(rows)}<button type="button" id="reset">reset</button>
<p id="shown" role="status">${formatCount(rows.length)} of ${formatCount(rows.length)} shown</p>
</div>`;
}

function formatCopyIds(rows: readonly ReportRow[]): string {
  if (rows.every(({ graphicId }) => graphicId === null)) return "";
  return `<button type="button" id="copy-ids">copy ids shown</button>\n`;
}

function formatSelect(id: string, label: string, all: string, values: readonly string[]): string {
  const options = values
    .map((value) => `<option value="${escapeHtml(value)}">${escapeHtml(value)}</option>`)
    .join("");
  // A folder may be called anything, so "all" is known by its place, not by its value.
  return `<label>${label} <select id="${id}"><option>${all}</option>${options}</select></label>\n`;
}
