import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Execution } from "../execute/execute-uploads.ts";
import { replaceFile } from "../files/replace-file.ts";
import type { ApplyContext } from "./apply-job.ts";

/**
 * The last resort for ids the ledger could not take: each goes to stderr, and all of them into a file,
 * beside the manifest or, if that disk is the one that is full, in the temporary folder.
 */
export async function rescueIds(
  { job, terminal }: ApplyContext,
  { unrecorded }: Execution,
): Promise<void> {
  if (unrecorded.length === 0) return;
  terminal.alarm("these ids could not be written to the ledger; keep them:");
  const lines = unrecorded.map((id) => JSON.stringify(id));
  for (const line of lines) terminal.alarm(line);
  const name = `qgfx-rescued-ids-${Date.now()}.ndjson`;
  for (const folder of [job.paths.baseDir, tmpdir()]) {
    const file = join(folder, name);
    if (!(await isWritten(file, `${lines.join("\n")}\n`))) continue;
    terminal.alarm(`they are also in ${file}`);
    return;
  }
}

async function isWritten(file: string, text: string): Promise<boolean> {
  try {
    await replaceFile(file, text);
    return true;
  } catch {
    // The caller tries the next place; the ids are on stderr already.
    return false;
  }
}
