import { useEffect, useState } from "preact/hooks";
import type { HistoryDocument } from "../../../open/run-api.ts";
import { Foot } from "../parts/foot.tsx";
import { RowTable, type TableColumn } from "../parts/row-table.tsx";
import { goTo } from "../state/address.ts";
import { get } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { useApp } from "../state/store.ts";
import { DeletionsDialog } from "./deletions-dialog.tsx";

type PastRun = HistoryDocument["runs"][number];

/** What was done with this spreadsheet, the newest first; a run can be taken back. */
export function HistoryScreen() {
  const { state } = useApp();
  const [history, setHistory] = useState<HistoryDocument | null>(null);
  const [undoing, setUndoing] = useState<number | null>(null);
  const run = state?.run;
  useEffect(() => {
    get<HistoryDocument>("history").then(setHistory).catch(report);
  }, [run?.number, run?.phase]);
  return (
    <>
      <main class="page is-table">
        <h1>History</h1>
        {history === null && <p>Reading the record…</p>}
        {history && history.runs.length === 0 && (
          <p>Nothing was uploaded from this spreadsheet yet.</p>
        )}
        {history && history.runs.length > 0 && (
          <RowTable
            label="Runs"
            columns={columnsWith(setUndoing)}
            items={history.runs}
            keyOf={({ run: number }) => String(number)}
          />
        )}
      </main>
      <Foot summary="">
        <button type="button" class="primary" onClick={() => goTo("preview")}>
          Preview
        </button>
      </Foot>
      {undoing !== null && <DeletionsDialog run={undoing} onClose={() => setUndoing(null)} />}
    </>
  );
}

/** What each command is to whoever knows none. */
const DONE: Readonly<Record<PastRun["command"], string>> = {
  apply: "Upload",
  undo: "Upload taken back",
  prune: "Orphans deleted",
  adopt: "IDs taken over",
};

function columnsWith(undo: (run: number) => void): TableColumn<PastRun>[] {
  return [
    { header: "Run", track: "64px", isExtra: true, show: ({ run }) => run },
    {
      header: "When",
      track: "minmax(160px, 1fr)",
      isRowHeader: true,
      show: ({ startedAt }) => (
        <time dateTime={startedAt}>
          {new Date(startedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}
        </time>
      ),
    },
    {
      header: "What",
      track: "minmax(220px, 2fr)",
      show: ({ command, counts }) => (
        <span class="two-lines">
          <b>{counts}</b>
          <span class="soft">{DONE[command]}</span>
        </span>
      ),
    },
    {
      header: "Where",
      isExtra: true,
      track: "minmax(200px, 1fr)",
      show: ({ library, host }) => (
        <span class="two-lines">
          <span class="clip">{library}</span>
          <span class="soft clip">{host}</span>
        </span>
      ),
    },
    {
      header: "Undo",
      track: "96px",
      isAside: true,
      show: ({ run, canUndo }) =>
        canUndo && (
          <button type="button" onClick={() => undo(run)}>
            Undo…<span class="hidden"> run {run}</span>
          </button>
        ),
    },
  ];
}
