import { useState } from "preact/hooks";
import { formatCount } from "../../../report/units.ts";
import { Menu } from "../parts/menu.tsx";
import { WorkbookSheet } from "../parts/workbook-sheet.tsx";
import { report } from "../state/change-sheet.ts";
import { say, setApp, useApp } from "../state/store.ts";
import { clearCells, copiedText, pasteText } from "./cell-actions.ts";
import type { Named } from "./keys.ts";
import type { GridModel } from "./use-grid.ts";

/** All that keys do, as buttons. */
export function Toolbar({ grid, isNarrow }: { grid: GridModel; isNarrow: boolean }) {
  const { validation } = useApp();
  const repairs = validation?.diagnostics.filter(({ repair }) => repair !== null).length ?? 0;
  const problems = [...grid.problems.values()].flat();
  const isSevere = problems.some(({ severity }) => severity === "error");
  const isOff = grid.isReadOnly;
  const run = (command: Named) => () => grid.run(command);
  return (
    <div class="toolbar" role="toolbar" aria-label="Edit the spreadsheet">
      {!isNarrow && (
        <button
          type="button"
          aria-pressed={grid.find !== null}
          title="Ctrl+F"
          onClick={run("find")}
        >
          Find
        </button>
      )}
      <button
        type="button"
        class={problems.length === 0 ? "" : isSevere ? "has-problems" : "has-problems is-mild"}
        disabled={problems.length === 0}
        title="Go to the next problem (F8)"
        onClick={run("next-problem")}
      >
        Problems {problems.length > 0 && <span class="count">{formatCount(problems.length)}</span>}
      </button>
      {repairs > 0 && (
        <button type="button" disabled={isOff} onClick={() => setApp({ dialog: "repairs" })}>
          Repair all
        </button>
      )}
      <span class="divider" />
      <button type="button" disabled={isOff} onClick={() => setApp({ dialog: "folder" })}>
        Folder
      </button>
      <button type="button" disabled={isOff} onClick={() => setApp({ dialog: "rename" })}>
        Rename
      </button>
      {!isNarrow && (
        <>
          <button type="button" disabled={isOff} title="Ctrl+D" onClick={run("fill-down")}>
            Fill down
          </button>
          <EditMenu grid={grid} />
          <button
            type="button"
            disabled={isOff}
            title="Remove the selected rows (Ctrl+Delete)"
            onClick={run("remove-rows")}
          >
            Remove rows
          </button>
        </>
      )}
      <span class="divider" />
      <button type="button" disabled={isOff} onClick={() => setApp({ dialog: "add" })}>
        Add images
      </button>
      <span class="grow" />
      <WorkbookSheet />
      {!isNarrow && (
        <button type="button" title="All keys (?)" onClick={run("keys")}>
          Keys
        </button>
      )}
    </div>
  );
}

function EditMenu({ grid }: { grid: GridModel }) {
  const [isOpen, setOpen] = useState(false);
  const isOff = grid.isReadOnly;
  const copy = () => navigator.clipboard.writeText(copiedText(grid));
  const items = [
    { title: "Edit the cell", key: "Enter", isOff, act: () => grid.startEditing() },
    { title: "Copy", key: "Ctrl+C", isOff: false, act: copy },
    { title: "Cut", key: "Ctrl+X", isOff, act: () => copy().then(() => clearCells(grid)) },
    { title: "Paste", key: "Ctrl+V", isOff, act: () => pasteFromClipboard(grid) },
    { title: "Clear", key: "Delete", isOff, act: () => grid.run("clear") },
    { title: "Select all", key: "Ctrl+A", isOff: false, act: () => grid.run("select-all") },
    { title: "Replace…", key: "Ctrl+H", isOff, act: () => grid.run("replace") },
    {
      title: "See the image large",
      key: "Space",
      isOff: false,
      act: () => grid.run("large-picture"),
    },
  ];
  return <Menu title="Cells" items={items} isOpen={isOpen} setOpen={setOpen} />;
}

async function pasteFromClipboard(grid: GridModel): Promise<void> {
  let text: string;
  try {
    text = await navigator.clipboard.readText();
  } catch {
    return say("The browser does not let the page read what was copied: press Ctrl+V");
  }
  try {
    grid.select(pasteText(grid, text));
  } catch (error) {
    report(error);
  }
}
