import { resolve } from "node:path";
import { UserError } from "../../user-error.ts";
import type { Paths } from "../paths.ts";
import type { HtmlOptions } from "./html-options.ts";

/**
 * The page's absolute path, undefined where none is wanted. A `UserError` for a name that is not a page's:
 * what is written there is replaced, and it must not be the manifest or a picture.
 */
export function resolveHtmlFile(
  { html, htmlOld }: HtmlOptions,
  paths: Pick<Paths, "manifest" | "results">,
  cwd: string,
): string | undefined {
  if (html === undefined) {
    if (htmlOld !== true) return undefined;
    throw new UserError("OPTION_CONFLICT", "--html-old is for a page, and no page is asked for", {
      hint: "add --html with a file name, or leave --html-old out",
    });
  }
  const file = resolve(cwd, html);
  const isFree = file !== paths.manifest && file !== paths.results;
  if (/\.html?$/i.test(html) && isFree) return file;
  const why = isFree ? "does not end in .html" : "is the manifest or its results";
  throw new UserError("HTML_FILE_NAME", `the page's file '${html}' ${why}`, {
    hint: "name a file such as plan.html; what is there is replaced",
  });
}
