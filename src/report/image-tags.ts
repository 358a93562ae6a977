import { escapeHtml } from "./escape-html.ts";
import type { ExportedGraphic } from "./exported-row.ts";

/** One `<img>` tag, with alt text. */
export function formatImageTag({ url, alt }: Pick<ExportedGraphic, "url" | "alt">): string {
  return `<img src="${escapeHtml(url)}" alt="${escapeHtml(alt)}">`;
}

/** One `<img>` tag a line, in manifest order. */
export function formatImageTags(graphics: readonly ExportedGraphic[]): string {
  return graphics.map((graphic) => `${formatImageTag(graphic)}\n`).join("");
}
