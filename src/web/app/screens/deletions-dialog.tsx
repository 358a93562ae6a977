import { useEffect, useState } from "preact/hooks";
import type { DeletionsDocument, RunState } from "../../../open/run-api.ts";
import { formatBytes, plural } from "../../../report/units.ts";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { goTo } from "../state/address.ts";
import { get, post } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { takeStart } from "../state/live.ts";

const SHOWN = 100;

/** What would be deleted from the library, and the question whether to do it: a run's graphics, or the orphans. */
export function DeletionsDialog({ run, onClose }: { run: number | null; onClose(): void }) {
  const [deletions, setDeletions] = useState<DeletionsDocument | null>(null);
  const [agrees, setAgrees] = useState(false);
  useEffect(() => {
    get<DeletionsDocument>(run === null ? "deletions?orphans" : `deletions?run=${run}`)
      .then(setDeletions)
      .catch((error) => {
        onClose();
        report(error);
      });
  }, []);
  const actions = deletions?.document?.actions ?? [];
  const summary = deletions?.document?.summary;
  const others = deletions?.others ?? null;
  const remove = async () => {
    onClose();
    try {
      const body = { run, count: summary?.delete ?? 0, others: others !== null };
      takeStart(await post<RunState>("delete", body));
      goTo("upload");
    } catch (error) {
      report(error);
    }
  };
  return (
    <Dialog
      title={run === null ? "Delete orphans" : `Undo run ${run}`}
      onClose={onClose}
      isWide
      actions={
        <Decision
          onCancel={onClose}
          isDangerous
          disabled={actions.length === 0 || (others !== null && !agrees)}
          onGo={() => void remove()}
        >
          Delete {plural(summary?.delete ?? 0, "graphic")}
        </Decision>
      }
    >
      {deletions === null && <p>Looking up what would go…</p>}
      {deletions && actions.length === 0 && <p>Nothing to delete.</p>}
      {summary && actions.length > 0 && (
        <p>
          <b>{plural(summary.delete, "graphic")}</b> ({formatBytes(summary.bytes)}) would be deleted
          from the library. Surveys that use them show a gap. This cannot be undone.
          {summary.release > 0 &&
            ` ${plural(summary.release, "more record")} would be dropped; other rows use those graphics.`}
        </p>
      )}
      {deletions?.notes.map((note) => (
        <p key={note} class="soft">
          {note}
        </p>
      ))}
      <ul class="files">
        {actions.slice(0, SHOWN).map(({ graphicId, name, folder, action }) => (
          <li key={`${graphicId} ${folder} ${name}`}>
            <b dir="auto">{name}</b> <bdi class="soft">{folder}</bdi> <code>{graphicId}</code>
            {action === "release" && <span class="soft"> (record only)</span>}
          </li>
        ))}
      </ul>
      {actions.length > SHOWN && <p class="soft">and {actions.length - SHOWN} more</p>}
      {others !== null && (
        <label class="check">
          <input
            type="checkbox"
            checked={agrees}
            onChange={({ currentTarget }) => setAgrees(currentTarget.checked)}
          />
          <span>Some were uploaded by others: {others}. Delete those, too.</span>
        </label>
      )}
    </Dialog>
  );
}
