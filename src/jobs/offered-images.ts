import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { errorCode } from "../files/read-file.ts";
import { replaceFile } from "../files/replace-file.ts";

/**
 * What init once gave a row, by sheet: a row that is gone since then was taken out on purpose. It is no more than a
 * help: where the file is missing or odd, every image without a row is new.
 */
const offeredSchema = z.strictObject({
  version: z.literal(1).describe("Version of this format"),
  sheets: z
    .record(z.string(), z.array(z.string()))
    .describe("Paths as the sheet names them, by the sheet's file name"),
});

type Offered = z.infer<typeof offeredSchema>;

function fileOf(sheet: string): string {
  return join(dirname(sheet), ".qgfx", "init.json");
}

function read(sheet: string): Offered {
  try {
    return offeredSchema.parse(JSON.parse(readFileSync(fileOf(sheet), "utf8")));
  } catch (error) {
    const isOdd = error instanceof SyntaxError || error instanceof z.ZodError;
    if (!isOdd && errorCode(error) === undefined) throw error;
    return { version: 1, sheets: {} };
  }
}

/** The paths that a sheet was given, then or earlier. */
export function readOffered(sheet: string): ReadonlySet<string> {
  const { sheets } = read(sheet);
  return new Set(Object.hasOwn(sheets, basename(sheet)) ? sheets[basename(sheet)] : []);
}

/** Notes them for the next time. A folder that takes no files keeps nothing, and that is no error. */
export async function noteOffered(sheet: string, paths: Iterable<string>): Promise<void> {
  const { sheets } = read(sheet);
  const noted = { version: 1, sheets: { ...sheets, [basename(sheet)]: [...paths] } };
  const file = fileOf(sheet);
  try {
    if (mkdirSync(dirname(file), { recursive: true, mode: 0o700 }) !== undefined) {
      writeFileSync(join(dirname(file), ".gitignore"), "*\n");
    }
    await replaceFile(file, `${JSON.stringify(noted, null, 1)}\n`);
  } catch (error) {
    if (errorCode(error) === undefined && !(error instanceof Error && "hint" in error)) throw error;
  }
}
