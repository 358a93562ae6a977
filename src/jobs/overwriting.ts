import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isUnder } from "../files/image-place.ts";
import { contentTypeOf } from "../files/image-shape.ts";
import { OPEN_FLAGS } from "../files/read-file.ts";
import { HEADER_BYTES, isLedgerHeader, isOpenHere } from "../ledger/ledger-file.ts";
import { UserError } from "../user-error.ts";
import type { PageOptions } from "./options.ts";

/** What the ledger keeps beside itself: SQLite's log, index and journal, the lock; the seal of version 0.1. */
const BESIDE_LEDGER = /^(-wal|-shm|-journal|\.lock|\.seal)?$/;

/** Files of a manifest that some output must leave alone; absolute. */
export interface KeptFiles {
  manifest: string;
  ledger: string;
  results: string;
  retry: string;
}

/**
 * What an output would replace that must be left alone; undefined where nothing. Links are followed, as whoever
 * writes does. Any ledger is one, this manifest's or not, and any picture, for it is seen by its first bytes.
 */
export function overwrittenBy(
  output: string,
  kept: Pick<KeptFiles, "manifest" | "ledger"> & Partial<KeptFiles>,
): keyof KeptFiles | "picture" | undefined {
  const real = realPathOf(output);
  const isKept = (file: string | undefined) => file !== undefined && realPathOf(file) === real;
  if (isKept(kept.manifest)) return "manifest";
  const ledger = realPathOf(kept.ledger);
  if (real.startsWith(ledger) && BESIDE_LEDGER.test(real.slice(ledger.length))) return "ledger";
  if (isKept(kept.results)) return "results";
  return isKept(kept.retry) ? "retry" : contentAt(real);
}

function contentAt(path: string): "ledger" | "picture" | undefined {
  try {
    const stats = statSync(path, { bigint: true });
    if (!stats.isFile()) return undefined;
    if (isOpenHere(stats)) return "ledger";
    const bytes = readStart(path);
    if (isLedgerHeader(bytes)) return "ledger";
    return contentTypeOf(bytes) === undefined ? undefined : "picture";
  } catch {
    // Nothing is there, or nothing that can be looked at: whoever writes it says what is wrong.
    return undefined;
  }
}

function readStart(path: string): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, OPEN_FLAGS);
  try {
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** The path that a file has, or would have, where all links are followed; spelt as the disk spells it. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}

const KEPT = {
  manifest: "the manifest",
  ledger: "the ledger",
  results: "where the results go",
  retry: "where the failed rows go",
  picture: "an image",
};

/**
 * The page's absolute path, undefined where none is wanted. A `UserError` for a name that is not a page's:
 * what is written there is replaced, and it must not be the manifest or a picture.
 */
export function resolvePageFile(
  { html, htmlOld, htmlPictures }: PageOptions,
  paths: KeptFiles,
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
  const isLink = !isUnder(realPathOf(dirname(file)), realPathOf(file));
  if (/\.html?$/i.test(html) && kept === undefined && !isLink) return file;
  const why = isLink
    ? "is a link that leads out of its folder"
    : kept === undefined
      ? "does not end in .html"
      : `is ${KEPT[kept]}`;
  throw new UserError("HTML_FILE_NAME", `the page's file '${html}' ${why}`, {
    hint: "name a file such as plan.html; what is there is replaced",
  });
}
