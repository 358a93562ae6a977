import type { InitDocument } from "../../manifest/init-document.ts";
import { escapeText } from "../../render/escape.ts";
import { plural } from "../../report/units.ts";
import type { Terminal } from "../terminal.ts";
import type { InitOptions } from "./init-manifest.ts";

/** Files left out that are named one by one. */
const NAMED = 10;

/** Says what `qgfx init` did, as lines or as JSON. */
export function showInit(done: InitDocument, options: InitOptions, terminal: Terminal): void {
  if (options.json) terminal.product(JSON.stringify(done, null, 2));
  else for (const line of formatInit(done)) terminal.product(escapeText(line));
  if (done.added.some(({ path }) => path.startsWith("../"))) {
    terminal.note(
      "pictures lie outside the sheet's folder: give the other commands --root with a folder above both",
    );
  }
  if (done.added.length > 0) terminal.note(`next: qgfx validate ${done.manifest}`);
}

function formatInit({ manifest, created, added, kept, vanished, leftOut }: InitDocument): string[] {
  const folders = new Set(added.map(({ folder }) => folder).filter((folder) => folder !== ""));
  const into = folders.size > 0 ? `, ${plural(folders.size, "folder")}` : "";
  return [
    created
      ? `${manifest}: ${plural(added.length, "picture")}${into}`
      : `${manifest}: ${plural(added.length, "picture")} added, ${plural(kept, "row")} kept as they are`,
    ...(created ? [] : added.map(({ path }) => `  + ${path}`)),
    ...vanished.map(({ line, path }) => `  line ${line}: ${path} is gone, its row is kept`),
    ...formatLeftOut(leftOut),
  ];
}

function formatLeftOut(leftOut: InitDocument["leftOut"]): string[] {
  if (leftOut.length === 0) return [];
  const named = leftOut.slice(0, NAMED).map(({ path, why }) => `  ${path}: ${why}`);
  const rest = leftOut.length - named.length;
  const more = rest > 0 ? [`  and ${rest} more`] : [];
  return [`left out: ${plural(leftOut.length, "file")}`, ...named, ...more];
}
