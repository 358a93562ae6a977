import type { InitDocument } from "../../manifest/init-document.ts";
import { formatInit } from "../../render/manifest-text.ts";
import type { Terminal } from "../terminal.ts";
import type { InitOptions } from "./init-manifest.ts";

/** Says what `qgfx init` did, as lines or as JSON. */
export function showInit(done: InitDocument, options: InitOptions, terminal: Terminal): void {
  terminal.product(options.json ? JSON.stringify(done, null, 2) : formatInit(done));
  if (done.added.some(({ path }) => path.startsWith("../"))) {
    terminal.note(
      "pictures lie outside the sheet's folder: give the other commands --root with a folder above both",
    );
  }
  if (done.added.length > 0) terminal.note(`next: qgfx validate ${done.manifest}`);
}
