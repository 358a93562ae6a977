import { Component } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { GridRow, SheetProblem } from "../../../open/sheet-api.ts";
import type { ActionName } from "../../../plan/planned-row.ts";
import { ActionMark, Sign } from "../parts/marks.tsx";
import { Thumbnail } from "../parts/thumbnail.tsx";
import { fileNameOf } from "../state/sheet.ts";
import { cellText, ghostText, type KnownImage, type ViewColumn } from "./columns.ts";
import { screenCommandOf } from "./keys.ts";
import { problemsAt, sentence } from "./problems.ts";

export const ROW_PX = 48;

interface RowProps {
  row: GridRow;
  index: number;
  columns: readonly ViewColumn[];
  image: KnownImage | undefined;
  problems: readonly SheetProblem[] | undefined;
  action: ActionName | undefined;
  /** Column of the active cell; -1: it is in another row. */
  active: number;
  /** Selected columns; -1, -1: none. */
  from: number;
  to: number;
  editing: Editing | null;
  isReadOnly: boolean;
}

/** A row of the grid; drawn anew only when something of it has changed. */
export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const keys = Object.keys(next) as (keyof RowProps)[];
    return keys.some((key) => next[key] !== this.props[key]);
  }

  render() {
    const { index, columns } = this.props;
    return (
      <div
        role="row"
        class="row"
        aria-rowindex={index + 2}
        data-row={index}
        style={{ transform: `translateY(${index * ROW_PX}px)` }}
      >
        {columns.map((column, at) => (
          <Cell key={column.key} of={this.props} column={column} at={at} />
        ))}
      </div>
    );
  }
}

function Cell({ of, column, at }: { of: RowProps; column: ViewColumn; at: number }) {
  const { row, active, from, to, editing, isReadOnly } = of;
  const problems = column.about === null ? problemsAt(of.problems, column) : [];
  const problemId = problems.length > 0 ? `p-${row.id}-${at}` : undefined;
  const worst = problems[0]?.severity;
  const isSelected = at >= from && at <= to;
  return (
    <div
      role={column.field === "name" ? "rowheader" : "gridcell"}
      class={cellClass(column, isSelected, at === active, worst)}
      aria-colindex={at + 1}
      aria-selected={isSelected}
      aria-readonly={isReadOnly || !column.isEditable}
      aria-invalid={worst === "error" ? true : undefined}
      aria-describedby={problemId}
      tabIndex={at === active ? 0 : -1}
      data-column={at}
    >
      {editing?.column === at ? (
        <CellEditor editing={editing} label={column.header} />
      ) : (
        <>
          <Content of={of} column={column} />
          {worst && <Sign severity={worst} />}
        </>
      )}
      {problemId && (
        <span id={problemId} hidden>
          {problems.map(({ message }) => sentence(message)).join(" ")}
        </span>
      )}
    </div>
  );
}

function cellClass(
  column: ViewColumn,
  isSelected: boolean,
  isActive: boolean,
  worst: string | undefined,
): string {
  const classes = ["cell", column.about ?? column.field ?? "own"];
  if (isSelected) classes.push("is-selected");
  if (isActive) classes.push("is-active");
  if (worst) classes.push(`has-${worst}`);
  return classes.join(" ");
}

function Content({ of: { row, image, action }, column }: { of: RowProps; column: ViewColumn }) {
  if (column.about === "image") {
    return (
      <>
        <Thumbnail row={row.id} path={row.path} image={image} />
        <span class="line">{row.line}</span>
        {action && <ActionMark action={action} />}
      </>
    );
  }
  const text = cellText(row, column, image);
  if (text === "") {
    const ghost = ghostText(row, column, image);
    return <span class="text ghost">{ghost}</span>;
  }
  if (column.field === "path") return <PathText path={text} />;
  return (
    <span class="text" dir="auto">
      {text}
    </span>
  );
}

/** A path of which the file's name stays in sight when there is little room. */
function PathText({ path }: { path: string }) {
  const file = fileNameOf(path);
  return (
    <span class="text path-text" title={path}>
      <span class="directory">{path.slice(0, path.length - file.length)}</span>
      <span class="file">{file}</span>
    </span>
  );
}

/** The field in a cell that is being edited. Several lines stay several lines. */
function CellEditor({ editing, label }: { editing: Editing; label: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const isOver = useRef(false);
  useLayoutEffect(() => {
    area.current?.focus({ preventScroll: true });
    area.current?.setSelectionRange(editing.text.length, editing.text.length);
  }, []);
  const end = (text: string | null, then: Parameters<Editing["end"]>[1]) => {
    if (isOver.current) return;
    isOver.current = true;
    editing.end(text, then);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    const { value } = event.currentTarget;
    // Saving and the like take along what is being typed.
    if (screenCommandOf(event)) return end(value, "stay");
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Escape") end(null, "stay");
    else if (event.key === "Enter" && !event.shiftKey) end(value, "down");
    else if (event.key === "Tab") end(value, event.shiftKey ? "left" : "right");
    else return;
    event.preventDefault();
  };
  return (
    <textarea
      ref={area}
      class="editor"
      aria-label={label}
      rows={1}
      spellcheck={false}
      defaultValue={editing.text}
      onKeyDown={onKeyDown}
      onBlur={({ currentTarget }) => end(currentTarget.value, "stay")}
    />
  );
}

/** What a cell that is being edited starts with, and who hears of its end. */
export interface Editing {
  column: number;
  text: string;
  end(text: string | null, then: "down" | "right" | "left" | "stay"): void;
}
