import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../user-error.ts";
import type { Paths } from "./paths.ts";

/** What decides the HTML page of a plan or a run. */
export interface HtmlOptions {
  /** Where the page goes; no page without. */
  html?: string;
  /** Whether replaced pictures may be fetched from the service. */
  htmlOld?: boolean;
  /** How much of the page pictures may take, in bytes; default: `DEFAULT_PICTURE_BYTES`. */
  htmlPictures?: number;
}

const BYTES_PER_MB = 1024 * 1024;
const DEFAULT_MB = 32;

/** What pictures may take in a page where nobody says otherwise: a browser opens it at once. */
export const DEFAULT_PICTURE_BYTES: number = DEFAULT_MB * BYTES_PER_MB;

/** Adds the options of the HTML page. */
export function addHtmlOptions(command: Command): Command {
  return command
    .optionsGroup("A page to look at:")
    .option("--html <file>", "write one HTML page with every picture, to be opened in a browser")
    .option("--html-old", "fetch replaced pictures from their URLs, to show the old beside the new")
    .addOption(
      new Option("--html-pictures <MB>", "most that pictures may take in the page, 0 for none")
        .argParser(parsePictureMegabytes)
        .default(DEFAULT_PICTURE_BYTES, String(DEFAULT_MB)),
    );
}

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

function parsePictureMegabytes(text: string): number {
  const megabytes = Number(text.replace(/\s*MB$/i, ""));
  if (text.trim() !== "" && megabytes >= 0 && megabytes <= 1024) {
    return Math.floor(megabytes * BYTES_PER_MB);
  }
  throw new InvalidArgumentError("expected megabytes, from 0 to 1024.");
}
