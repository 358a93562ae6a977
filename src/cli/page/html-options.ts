import { type Command, InvalidArgumentError, Option } from "commander";

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
      new Option(
        "--html-pictures <MB>",
        `most that pictures may take in the page, 0 for none (default: ${DEFAULT_MB})`,
      ).argParser(parsePictureMegabytes),
    );
}

function parsePictureMegabytes(text: string): number {
  const megabytes = Number(text.replace(/\s*MB$/i, ""));
  if (text.trim() !== "" && megabytes >= 0 && megabytes <= 1024) {
    return Math.floor(megabytes * BYTES_PER_MB);
  }
  throw new InvalidArgumentError("expected megabytes, from 0 to 1024.");
}
