import { REASON_TEXT } from "../action-text.ts";
import { escapeHtml } from "../escape-html.ts";
import { formatBytes } from "../units.ts";
import { STATE_LABEL, STATE_MARK } from "./format-totals.ts";
import { type OldGraphic, type ReportRow, type ShownImage, stateOf } from "./report-page.ts";

const TYPE_NAMES: Readonly<Record<string, string>> = {
  "image/png": "PNG",
  "image/jpeg": "JPEG",
  "image/gif": "GIF",
};

/** One row as a list item; `place` is its 0-based place in the manifest's order. */
export function formatCard(row: ReportRow, place: number): string {
  const { action } = row;
  const state = stateOf(row);
  const id = ownId(row);
  return `<li class="card" data-place="${place}" data-state="${state}" data-action="${action.action}" data-folder="${escapeHtml(action.folder)}" data-name="${escapeHtml(action.name)}" data-bytes="${action.bytes}" data-type="${escapeHtml(action.contentType)}"${id === null ? "" : ` data-id="${escapeHtml(id)}"`}>
${formatPictures(row)}
<div class="facts">
<p class="name" dir="auto">${escapeHtml(action.name)}</p>
<p class="place"><span class="hidden">in folder </span><bdi>${escapeHtml(action.folder)}</bdi></p>
<p class="state ${state}"><span class="mark" aria-hidden="true">${STATE_MARK[state]}</span> <b>${STATE_LABEL[state]}</b> <span class="why">${escapeHtml(whyOf(row))}</span></p>
<p class="more">${escapeHtml(detailsOf(row))}</p>
<p class="more">${escapeHtml(sourceOf(row))}</p>
${formatError(row)}${formatOld(row)}${formatId(row)}</div>
</li>`;
}

function whyOf({ action, result }: ReportRow): string {
  const reason = REASON_TEXT[action.reason];
  if (!result || result.status === "unchanged" || result.status === "unknown") return reason;
  return `${action.action}: ${reason}`;
}

function detailsOf({ action, widthPx, heightPx }: ReportRow): string {
  const type = TYPE_NAMES[action.contentType] ?? action.contentType;
  const size = widthPx && heightPx ? [`${widthPx} × ${heightPx}`] : [];
  return [type, ...size, formatBytes(action.bytes)].join(" · ");
}

function sourceOf({ action: { line, path } }: ReportRow): string {
  return line === null ? path : `line ${line}: ${path}`;
}

function formatError({ result }: ReportRow): string {
  return result?.error ? `<p class="error">${escapeHtml(result.error)}</p>\n` : "";
}

function formatPictures({ action, image, old }: ReportRow): string {
  if (!old?.image) return `<div class="shots">${formatPicture(image, action.name)}</div>`;
  return `<div class="shots pair">
<figure>${formatPicture(old.image, `old ${old.name}`)}<figcaption>old</figcaption></figure>
<figure>${formatPicture(image, `new ${action.name}`)}<figcaption>new</figcaption></figure>
</div>`;
}

function formatPicture(image: ShownImage, alt: string): string {
  if (image.kind === "absent") return `<span class="absent">${escapeHtml(image.why)}</span>`;
  const { contentType, base64 } = image;
  return `<img alt="${escapeHtml(alt)}" loading="lazy" decoding="async" src="data:${escapeHtml(contentType)};base64,${base64}">`;
}

function formatOld({ action, old }: ReportRow): string {
  if (!old) return "";
  const was = formerPlace(old, action);
  const id = `<code>${escapeHtml(old.graphicId)}</code>`;
  return `<p class="old">${was}surveys that use ${id} keep the old picture ${copyButton(old.graphicId, "old id", action.name)}</p>\n`;
}

function formerPlace(old: OldGraphic, { folder, name }: ReportRow["action"]): string {
  if (old.folder === folder && old.name === name) return "";
  return `was <bdi>${escapeHtml(`${old.folder}/${old.name}`)}</bdi>; `;
}

/** The id of the row's own picture: what a plan would replace is not it. */
function ownId({ graphicId, old }: ReportRow): string | null {
  return graphicId === old?.graphicId ? null : graphicId;
}

/** The id with what people do with it. */
function formatId(row: ReportRow): string {
  const { action, url } = row;
  const graphicId = ownId(row);
  if (graphicId === null) return "";
  const copyUrl = url === null ? "" : ` ${copyButton(url, "link", action.name)}`;
  const open =
    url === null
      ? ""
      : ` <a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer">open<span class="hidden"> ${escapeHtml(action.name)}</span></a>`;
  return `<p class="id"><code>${escapeHtml(graphicId)}</code> ${copyButton(graphicId, "id", action.name)}${copyUrl}${open}</p>\n`;
}

function copyButton(text: string, what: string, name: string): string {
  return `<button type="button" class="copy" data-copy="${escapeHtml(text)}">copy ${what}<span class="hidden"> of ${escapeHtml(name)}</span></button>`;
}
