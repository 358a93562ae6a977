import type { Command } from "commander";
import type { InitOptions } from "../../jobs/init.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import type { InitDocument } from "../../report/manifest-documents.ts";
import { addOutputOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
One row per image, in natural order (2 before 10); an image in FOLDER/Spring/Tulips gets the folder
'Spring/Tulips'. Run again, it adds new images at the end and touches nothing else; a row that you took out stays
out.

Examples:
  $ qgfx init pictures -o summer.csv
  $ qgfx init pictures -o summer.xlsx --folder Summer   # for images in no sub-directory
  $ qgfx init pictures -o summer.csv --json | jq .vanished`;

/** `qgfx init FOLDER -o SHEET`: a manifest of a folder of pictures; run again, it merges. */
export function registerInit(program: Command, context: CommandContext): void {
  const command = program
    .command("init")
    .description("make a manifest of a folder of images, or add its new images to one")
    .argument("<folder>", "folder with PNG, JPEG or GIF files, and folders of them")
    .requiredOption("-o, --out <sheet>", "sheet to write or add to: .csv, .xlsx or .yaml")
    .option("--folder <name>", "library folder of images that lie in no sub-directory")
    .option("--convert <dir>", "convert other types and too large images into this folder")
    .option("--again", "add images whose rows were taken out of the sheet, too")
    .option("--sheet <name>", "sheet of an .xlsx manifest to add to (default: the first)")
    .addHelpText("after", EXAMPLES);
  addOutputOptions(command).action(async (folder: string, options: InitOptions & OutputOptions) => {
    const { init } = await import("../../jobs/init.ts");
    const { formatInit, nextAfterInit } = await import("../../render/manifest-text.ts");
    const job = (host: JobHost) => init(folder, options, host);
    const next = (document: InitDocument) => nextAfterInit(document, options.sheet);
    await runJob(context, options, job, formatInit, { next });
  });
}
