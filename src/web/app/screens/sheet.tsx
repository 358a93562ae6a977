import { useState } from "preact/hooks";
import { formatCount, plural } from "../../../report/units.ts";
import { Cards } from "../grid/cards.tsx";
import { Grid } from "../grid/grid.tsx";
import { screenCommandOf } from "../grid/keys.ts";
import { Strip } from "../grid/strip.tsx";
import { Toolbar } from "../grid/toolbar.tsx";
import { useGrid } from "../grid/use-grid.ts";
import { Foot } from "../parts/foot.tsx";
import { ProblemText } from "../parts/problem-text.tsx";
import { useIsNarrow } from "../parts/use-is-narrow.ts";
import { WorkbookSheet } from "../parts/workbook-sheet.tsx";
import { goTo } from "../state/address.ts";
import { save } from "../state/change-sheet.ts";
import type { Sheet } from "../state/sheet.ts";
import { app, setApp, useApp } from "../state/store.ts";
import { askToAdd } from "../tools/add-images.tsx";
import { FindBar } from "../tools/find-bar.tsx";
import { LargeImage } from "../tools/large-image.tsx";
import { FolderDialog, RenameDialog } from "../tools/selection-dialogs.tsx";

/** The spreadsheet: to edit, with its problems on their cells. */
export function SheetScreen() {
  const { sheet } = useApp();
  if (!sheet) return <main class="loading">Reading the spreadsheet…</main>;
  if (sheet.problem) {
    return (
      <main class="page">
        <h1>This spreadsheet cannot be read</h1>
        <p>
          <ProblemText error={sheet.problem} />
        </p>
        <WorkbookSheet />
        <p>
          Correct it in the program you made it with, then come back: qgfx sees the change. Or{" "}
          <a href="#start">open another one</a>.
        </p>
      </main>
    );
  }
  return <OpenSheet sheet={sheet} key={`${sheet.head.file}/${sheet.workbook?.read}`} />;
}

function OpenSheet({ sheet }: { sheet: Sheet }) {
  const { validation, dialog } = useApp();
  const grid = useGrid(sheet);
  const isNarrow = useIsNarrow();
  const [isOver, setOver] = useState(false);
  const close = () => setApp({ dialog: null });
  const onKeyDown = (event: KeyboardEvent) => {
    const command = screenCommandOf(event);
    if (!command) return;
    event.preventDefault();
    grid.run(command);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    askToAdd(event.dataTransfer?.files ?? []);
  };
  return (
    <main
      class={isOver ? "sheet is-over" : "sheet"}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <h1 class="hidden">{sheet.head.file}</h1>
      <Toolbar grid={grid} isNarrow={isNarrow} />
      {grid.find && !isNarrow && <FindBar grid={grid} />}
      {sheet.rows.length === 0 ? (
        <Empty />
      ) : isNarrow ? (
        <Cards grid={grid} />
      ) : (
        <Grid grid={grid} />
      )}
      {!isNarrow && <Strip grid={grid} />}
      <Foot summary={<Summary sheet={sheet} checked={validation?.revision ?? null} />}>
        <Continue sheet={sheet} />
      </Foot>
      {dialog === "rename" && <RenameDialog cells={grid} onClose={close} />}
      {dialog === "folder" && <FolderDialog cells={grid} onClose={close} />}
      {grid.large && <LargeImage row={grid.large} onClose={() => grid.showLarge(null)} />}
    </main>
  );
}

function Empty() {
  return (
    <div class="empty">
      <p>
        <b>No images yet.</b>
      </p>
      <p>Drop image files here, or choose them.</p>
      <button type="button" onClick={() => setApp({ dialog: "add" })}>
        Add images
      </button>
    </div>
  );
}

function Summary({ sheet, checked }: { sheet: Sheet; checked: number | null }) {
  const images = plural(sheet.rows.length, "image");
  if (!checked) return <>{images}; checking…</>;
  const { errors, warnings } = countProblems();
  const words = [
    errors > 0 && `${formatCount(errors)} ${errors === 1 ? "problem" : "problems"}`,
    warnings > 0 && plural(warnings, "warning"),
  ].filter(Boolean);
  const isStale = checked < sheet.head.revision;
  return (
    <span class={isStale ? "is-stale" : ""}>
      {images}, {words.join(", ") || "no problems"}
    </span>
  );
}

/** Errors keep an upload from starting; warnings do not. */
function countProblems(): { errors: number; warnings: number } {
  const found = app().validation?.diagnostics ?? [];
  const count = (severity: string) => found.filter((one) => one.severity === severity).length;
  return { errors: count("error"), warnings: count("warning") };
}

function Continue({ sheet: { head } }: { sheet: Sheet }) {
  const { isGone } = useApp();
  const go = async () => {
    if (head.isChanged) await save();
    if (!app().failure && app().dialog === null) goTo("preview");
  };
  return (
    <button type="button" class="primary" disabled={isGone} onClick={() => void go()}>
      {head.isChanged ? "Save and preview" : "Preview"}
    </button>
  );
}
