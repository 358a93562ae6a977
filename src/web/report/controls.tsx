import type { ReportPage } from "../../report/report-page.ts";
import { formatCount } from "../../report/units.ts";

/** Filters and sorting, hidden until the script runs: without it they would do nothing. */
export function Controls({ page: { kind, rows } }: { page: ReportPage }) {
  const count = formatCount(rows.length);
  return (
    <search class="controls" id="controls" aria-label="Filter and sort" hidden>
      <label>
        Text{" "}
        <input
          type="search"
          id="text"
          placeholder="name, path, id…"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <Select
        id="folder"
        label="Folder"
        all="all folders"
        values={rows.map(({ action }) => action.folder)}
      />
      {kind === "apply" && (
        <Select
          id="action"
          label="Action"
          all="any action"
          values={rows.flatMap(({ action }) => action.action ?? [])}
        />
      )}
      <label>
        Sort{" "}
        <select id="sort">
          <option value="state">changes first</option>
          <option value="place">manifest order</option>
          <option value="name">name</option>
          <option value="folder">folder</option>
          <option value="bytes">size, largest first</option>
          <option value="type">type</option>
        </select>
      </label>
      {rows.some(({ graphicId }) => graphicId !== null) && (
        <button type="button" id="copy-ids">
          copy ids shown
        </button>
      )}
      <button type="button" id="reset">
        reset
      </button>
      <p id="shown" role="status">
        {count} of {count} shown
      </p>
    </search>
  );
}

interface SelectProps {
  id: string;
  label: string;
  all: string;
  values: readonly string[];
}

/** A folder may be called anything, so "all" is known by its place, not by its value. */
function Select({ id, label, all, values }: SelectProps) {
  return (
    <label>
      {label}{" "}
      <select id={id}>
        <option>{all}</option>
        {[...new Set(values)].map((value) => (
          <option key={value} value={value}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}
