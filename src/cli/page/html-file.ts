import { resolve } from "node:path";
import { UserError } from "../../user-error.ts";
import { overwrittenBy } from "../overwriting.ts";
import type { Paths } from "../paths.ts";
import type { HtmlOptions } from "./html-options.ts";

const KEPT = {
  manifest: "the manifest",
  ledger: "the ledger",
  results: "where the results go",
  retry: "where the failed rows go",
  image: "a picture",
};

/**
 * The page's absolute path, undefined where none is wanted. A `UserError` for a name that is not a page's:
 * what is written there is replaced, and it must not be the manifest or a picture.
 */
export function resolveHtmlFile(
  { html, htmlOld, htmlPictures }: HtmlOptions,
  paths: Pick<Paths, "manifest" | "ledger" | "results" | "retry">,
  cwd: string,
): string | undefined {
  if (html === undefined) {
    const without = htmlOld ? "--html-old" : htmlPictures === undefined ? "" : "--html-pictures";
    if (without === "") return undefined;
    throw new UserError("OPTION_CONFLICT", `${without} is for a page, and no page is asked for`, {
      hint: `add --html with a file name, or leave ${without} out`,
    });
  }
  const file = resolve(cwd, html);
  const kept = overwrittenBy(file, paths);
  if (/\.html?$/i.test(html) && kept === undefined) return file;
  const why = kept === undefined ? "does not end in .html" : `is ${KEPT[kept]}`;
  throw new UserError("HTML_FILE_NAME", `the page's file '${html}' ${why}`, {
    hint: "name a file such as plan.html; what is there is replaced",
  });
}
