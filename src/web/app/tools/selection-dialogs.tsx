import { useState } from "preact/hooks";
import type { GridRow } from "../../../open/sheet-api.ts";
import { plural } from "../../../report/units.ts";
import { type Cells, selectedRows, setCells } from "../grid/cell-actions.ts";
import { areaOf } from "../grid/selection.ts";
import { Decision, Dialog } from "../parts/dialog.tsx";
import { useIsNarrow } from "../parts/use-is-narrow.ts";
import { PLACEHOLDERS, renameAll, unknownPlaceholders } from "./rename-pattern.ts";

interface SelectionDialogProps {
  cells: Cells;
  onClose(): void;
}

const SHOWN = 5;

/** Renames many rows by a pattern, with what the first of them become. */
export function RenameDialog({ cells, onClose }: SelectionDialogProps) {
  const scope = useScope(cells);
  const [pattern, setPattern] = useState("{name}");
  const [start, setStart] = useState(1);
  const names = renameAll(scope.rows, pattern, start);
  const odd = unknownPlaceholders(pattern);
  const twice = names.length - new Set(names).size;
  const column = cells.columns.find(({ field }) => field === "name");
  const apply = () => {
    onClose();
    if (!column) return;
    const edits = scope.rows.map((row, index) => ({ row, column, text: names[index] ?? "" }));
    setCells(cells.sheet, edits, "renamed", `${plural(edits.length, "image")} renamed`);
  };
  return (
    <Dialog
      title="Rename by a pattern"
      onClose={onClose}
      isWide
      actions={
        <Decision onCancel={onClose} onGo={apply}>
          Rename {plural(scope.rows.length, "image")}
        </Decision>
      }
    >
      <Scope scope={scope} />
      <label class="field">
        <span>Pattern</span>
        <input
          value={pattern}
          spellcheck={false}
          aria-describedby="pattern-help"
          onInput={({ currentTarget }) => setPattern(currentTarget.value)}
        />
      </label>
      <dl class="placeholders" id="pattern-help">
        {Object.entries(PLACEHOLDERS).map(([name, means]) => (
          <div key={name}>
            <dt>
              <button type="button" class="small" onClick={() => setPattern(`${pattern}{${name}}`)}>
                {`{${name}}`}
              </button>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      {/\{n+\}/.test(pattern) && (
        <label class="field is-short">
          <span>Count from</span>
          <input
            type="number"
            value={start}
            onInput={({ currentTarget }) => setStart(Number(currentTarget.value) || 0)}
          />
        </label>
      )}
      {odd.length > 0 && <p class="is-warning">Not a placeholder, kept as text: {odd.join(" ")}</p>}
      {twice > 0 && (
        <p class="is-warning">
          {plural(twice, "name")} would appear more than once. Add {"{n}"} to tell them apart.
        </p>
      )}
      <Changes rows={scope.rows} names={names} />
    </Dialog>
  );
}

function Changes({ rows, names }: { rows: readonly GridRow[]; names: readonly string[] }) {
  const more = rows.length - SHOWN;
  return (
    <table class="old-new">
      <thead>
        <tr>
          <th scope="col">Now</th>
          <th scope="col">Then</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, SHOWN).map((row, index) => (
          <tr key={row.id}>
            <td>{row.name}</td>
            <td>
              <ins>{names[index]}</ins>
            </td>
          </tr>
        ))}
        {more > 0 && (
          <tr>
            <td colSpan={2} class="soft">
              and {plural(more, "more row")}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** Sets the folder of many rows. */
export function FolderDialog({ cells, onClose }: SelectionDialogProps) {
  const scope = useScope(cells);
  const [folder, setFolder] = useState(scope.rows[0]?.folder ?? "");
  const folders = [...new Set(cells.sheet.rows.map((row) => row.folder))].sort();
  const column = cells.columns.find((one) => one.field === "folder");
  const apply = () => {
    onClose();
    if (!column) return;
    const edits = scope.rows.map((row) => ({ row, column, text: folder }));
    setCells(cells.sheet, edits, "set", `folder of ${plural(edits.length, "image")}`);
  };
  return (
    <Dialog
      title="Set the folder"
      onClose={onClose}
      actions={
        <Decision onCancel={onClose} onGo={apply}>
          Set for {plural(scope.rows.length, "image")}
        </Decision>
      }
    >
      <Scope scope={scope} />
      <label class="field">
        <span>Folder in the library</span>
        <input
          value={folder}
          list="folders"
          onInput={({ currentTarget }) => setFolder(currentTarget.value)}
        />
      </label>
      <datalist id="folders">
        {folders.slice(0, 200).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <p class="soft">Qualtrics makes the folder if it is not there yet.</p>
    </Dialog>
  );
}

/** The selected rows; where that is one, rather all. Cards cannot be selected: there it is all. */
function useScope(cells: Cells) {
  const { top, bottom } = areaOf(cells.selection);
  const canSelect = !useIsNarrow();
  const [wantsAll, setAll] = useState(top === bottom);
  const isAll = wantsAll || !canSelect;
  const selected = selectedRows(cells);
  return {
    canSelect,
    isAll,
    setAll,
    selected,
    rows: isAll ? cells.sheet.rows : selected,
    all: cells.sheet.rows,
  };
}

function Scope({ scope }: { scope: ReturnType<typeof useScope> }) {
  const { canSelect, isAll, setAll, selected, all } = scope;
  if (!canSelect) return <p class="soft">All {plural(all.length, "row")}</p>;
  return (
    <fieldset class="choices">
      <legend class="hidden">Which rows</legend>
      <label>
        <input type="radio" name="scope" checked={!isAll} onChange={() => setAll(false)} />{" "}
        {plural(selected.length, "selected row")}
      </label>
      <label>
        <input type="radio" name="scope" checked={isAll} onChange={() => setAll(true)} /> All{" "}
        {plural(all.length, "row")}
      </label>
    </fieldset>
  );
}
