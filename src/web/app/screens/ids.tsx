import { useEffect, useMemo, useState } from "preact/hooks";
import type { ResultsDocument } from "../../../open/run-api.ts";
import { formatCount, plural } from "../../../report/units.ts";
import { copy } from "../../shared/copy.ts";
import { formatTsv } from "../grid/clipboard.ts";
import { sentence } from "../grid/problems.ts";
import { Foot, tryAgain } from "../parts/foot.tsx";
import { ImageCell } from "../parts/image-cell.tsx";
import { StatusMark } from "../parts/marks.tsx";
import { RowTable, type TableColumn } from "../parts/row-table.tsx";
import { goTo } from "../state/address.ts";
import { get } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { say, useApp } from "../state/store.ts";
import { Exports } from "./exports.tsx";

type ResultRow = ResultsDocument["rows"][number];

/** The IDs of all rows, to copy, and every format they can be saved in. */
export function IdsScreen() {
  const { state, isGone } = useApp();
  const [results, setResults] = useState<ResultsDocument | null>(null);
  const [isExporting, setExporting] = useState(false);
  const [search, setSearch] = useState("");
  const run = state?.run;
  useEffect(() => {
    get<ResultsDocument>("results").then(setResults).catch(report);
  }, [run?.number, run?.phase, state?.target.kind, state?.target.library]);
  const shown = useMemo(() => matching(results?.rows ?? [], search), [results, search]);
  const withId = shown.filter(({ graphicId }) => graphicId !== null);
  const failed = (results?.rows ?? []).filter(({ status }) => status === "failed").length;
  const copyIds = (button: HTMLButtonElement) =>
    copy(button, shown.map(({ graphicId }) => graphicId ?? "").join("\n"), countOf(withId), say);
  const copyTable = (button: HTMLButtonElement) => {
    const lines = withId.map((one) => [one.name, one.folder, one.graphicId ?? "", one.url ?? ""]);
    const table = formatTsv([["name", "folder", "graphicId", "url"], ...lines]);
    return copy(button, table, `a table of ${countOf(withId)}`, say);
  };
  return (
    <>
      <main class="page is-table">
        <h1>
          {results === null ? "IDs" : countOf(withId)}
          {results && <span class="soft h1-more">library {results.library}</span>}
        </h1>
        <div class="toolbar" role="toolbar" aria-label="Take the IDs">
          <input
            type="search"
            aria-label="Filter"
            placeholder="Filter by name, folder or ID"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          <button
            type="button"
            disabled={withId.length === 0}
            onClick={({ currentTarget }) => void copyTable(currentTarget)}
          >
            Copy as a table
          </button>
          <button
            type="button"
            aria-expanded={isExporting}
            onClick={() => setExporting(!isExporting)}
          >
            Export…
          </button>
        </div>
        {isExporting && <Exports onClose={() => setExporting(false)} />}
        {results && results.rows.length === 0 ? (
          <p>No rows yet.</p>
        ) : (
          <RowTable
            label="IDs"
            columns={COLUMNS}
            items={shown}
            keyOf={({ line }, index) => `${line} ${index}`}
          />
        )}
      </main>
      <Foot
        summary={
          failed > 0 ? (
            <span class="is-error">✗ {formatCount(failed)} failed: see the reasons</span>
          ) : (
            lackingText(results?.rows ?? [])
          )
        }
      >
        {failed > 0 && (
          <button type="button" disabled={isGone} onClick={() => goTo("preview")}>
            {tryAgain({ failed })}
          </button>
        )}
        <button
          type="button"
          class="primary"
          disabled={withId.length === 0}
          onClick={({ currentTarget }) => void copyIds(currentTarget)}
        >
          Copy {countOf(withId)}
        </button>
      </Foot>
    </>
  );
}

/** Says where some of the images have no ID, as after a run that was stopped. */
function lackingText(rows: readonly ResultRow[]): string {
  const lacking = rows.filter(({ graphicId }) => graphicId === null).length;
  if (lacking === 0) return "";
  return `${formatCount(lacking)} of ${plural(rows.length, "image")} without an ID`;
}

function countOf(rows: readonly unknown[]): string {
  return plural(rows.length, "ID");
}

function matching(rows: readonly ResultRow[], search: string): readonly ResultRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ name, folder, path, graphicId, status }) => {
    const text = `${name} ${folder} ${path} ${graphicId} ${status}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

const COLUMNS: readonly TableColumn<ResultRow>[] = [
  {
    header: "Image",
    track: "minmax(200px, 2fr)",
    isRowHeader: true,
    show: (row) => <ImageCell {...row} />,
  },
  {
    header: "Status",
    track: "116px",
    show: ({ status }) => <StatusMark status={status} />,
  },
  {
    header: "ID",
    track: "minmax(300px, 1fr)",
    show: (row) => (row.graphicId === null ? <Reason error={row.error} /> : <Id row={row} />),
  },
  {
    header: "Uploaded",
    isExtra: true,
    track: "minmax(150px, 1fr)",
    show: ({ graphicId, uploadedAt, error }) =>
      graphicId !== null && error !== null ? (
        <Reason error={error} />
      ) : (
        uploadedAt && <time dateTime={uploadedAt}>{shownTime(uploadedAt)}</time>
      ),
  },
];

/** Why a row has no new ID. */
function Reason({ error }: Pick<ResultRow, "error">) {
  if (error === null) return null;
  return (
    <span class="clamp is-error" title={sentence(error)}>
      {sentence(error)}
    </span>
  );
}

function shownTime(at: string): string {
  return new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function Id({ row: { graphicId, url, name } }: { row: ResultRow }) {
  if (graphicId === null) return null;
  return (
    <span class="id">
      <code>{graphicId}</code>
      <button
        type="button"
        class="small"
        onClick={({ currentTarget }) => void copy(currentTarget, graphicId, graphicId, say)}
      >
        Copy<span class="hidden"> ID of {name}</span>
      </button>
      {url !== null && (
        <>
          <button
            type="button"
            class="small"
            onClick={({ currentTarget }) => void copy(currentTarget, url, `link of ${name}`, say)}
          >
            Link<span class="hidden">: copy that of {name}</span>
          </button>
          <a href={url} target="_blank" rel="noopener noreferrer">
            Open<span class="hidden"> {name}</span>
          </a>
        </>
      )}
    </span>
  );
}
