import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../files/replace-file.ts";
import { writeRefusal } from "../files/write-refusal.ts";
import { makeLedgerFolder } from "../ledger/ledger-folder.ts";
import { isWorkbookName } from "../manifest/manifest.ts";

/** Only this user may read it. */
const PRIVATE = 0o600;

const choiceSchema = z.strictObject({
  version: z.literal(1),
  /** The workbook, relative to the directory. */
  file: z.string(),
  /** Name of the sheet. */
  sheet: z.string(),
});

/** Which sheet of a workbook was chosen, in this process or an earlier one; undefined: none was, or the file has none. */
export async function readSheetChoice(
  directory: string,
  file: string,
): Promise<string | undefined> {
  if (!isWorkbookName(file)) return undefined;
  try {
    const kept = choiceSchema.parse(JSON.parse(await readFile(fileOf(directory, file), "utf8")));
    return kept.file === file ? kept.sheet : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps that choice; a `UserError` where the disk does not let it. */
export async function keepSheetChoice(
  directory: string,
  file: string,
  sheet: string,
): Promise<void> {
  const path = fileOf(directory, file);
  try {
    makeLedgerFolder(dirname(path));
    const choice = JSON.stringify({ version: 1, file, sheet });
    await replaceFile(path, `${choice}\n`, PRIVATE);
  } catch (error) {
    throw writeRefusal(path, error);
  }
}

function fileOf(directory: string, file: string): string {
  return join(directory, ".qgfx", "open", `${hash("sha256", file).slice(0, 16)}.sheet`);
}
