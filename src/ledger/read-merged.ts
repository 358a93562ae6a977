import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LARGE_CACHE } from "./database.ts";
import { type LedgerView, viewOf } from "./ledger-view.ts";
import { MergeDraft } from "./merge-draft.ts";
import { addSources, type LedgerConflict } from "./merge-ledgers.ts";
import { openForReading } from "./open-for-reading.ts";

/**
 * Reads several ledgers as if they were merged, also while runs hold them; nothing of them is changed. Where there
 * are conflicts the graphic uploaded last counts.
 */
export function readMergedLedgers(
  files: readonly string[],
  manifest: string,
): { view: LedgerView; conflicts: LedgerConflict[] } {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-merged-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const draft = new MergeDraft(join(folder, "ledger.db"));
    const conflicts = addSources(draft, files, { manifest, mayBeHeld: true });
    draft.close();
    const database = openForReading(draft.file, "rollback");
    database.exec(LARGE_CACHE);
    const close = () => {
      database.close();
      remove();
    };
    return { view: { ...viewOf(draft.file, () => database), close }, conflicts };
  } catch (cause) {
    remove();
    throw cause;
  }
}
