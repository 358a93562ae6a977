import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Execution } from "../../execute/execute-uploads.ts";
import { replaceFile } from "../../files/replace-file.ts";
import type { ApplyContext } from "./apply-job.ts";

/**
 * The last resort when the ledger failed: every id of the run goes to stderr (`recorded` says whether the
 * ledger took it before), and all of them into a file, beside the manifest or, if that disk is the one that
 * is full, in the temporary folder.
 */
export async function rescueIds(
  { job, terminal }: ApplyContext,
  { unrecorded }: Execution,
): Promise<void> {
  if (unrecorded.length === 0) return;
  terminal.alarm(
    'the ledger failed; keep the ids of this run, those with "recorded":false are nowhere else:',
  );
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
