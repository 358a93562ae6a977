import type { SheetProblem } from "../../../open/sheet-api.ts";
import { Sign } from "../parts/marks.tsx";
import { repair } from "../state/change-sheet.ts";
import { useApp } from "../state/store.ts";
import { cellText, ghostText } from "./columns.ts";
import { problemsAt, sentence, sheetProblems } from "./problems.ts";
import type { GridModel } from "./use-grid.ts";

/** Below the grid: the active cell in full, or what is wrong with it and what to do. */
export function Strip({ grid }: { grid: GridModel }) {
  const { validation } = useApp();
  const { sheet, columns, selection, problems } = grid;
  const row = sheet.rows[selection.active.row];
  const column = columns[selection.active.column];
  if (!row || !column) return null;
  const all = problems.get(row.id) ?? [];
  const here = problemsAt(all, column);
  const problem = here[0] ?? all[0] ?? sheetProblems(validation)[0];
  const image = grid.imageOf(row);
  const isImage = column.about === "image";
  const text = isImage ? row.path : cellText(row, column, image) || ghostText(row, column, image);
  return (
    <section class={`strip ${problem?.severity ?? ""}`} tabIndex={-1} aria-label="The active cell">
      {problem ? (
        <Problem problem={problem} header={headerOf(grid, problem)} grid={grid} />
      ) : (
        <>
          <span class="place">
            Line {row.line}
            {!isImage && `, ${column.header}`}
          </span>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, by keys too */}
          <span class="whole" dir="auto" tabIndex={0}>
            {text}
          </span>
        </>
      )}
    </section>
  );
}

function headerOf({ columns }: GridModel, { column }: SheetProblem): string | undefined {
  return columns.find(({ index }) => index !== null && index === column)?.header;
}

interface ProblemProps {
  problem: SheetProblem;
  header: string | undefined;
  grid: GridModel;
}

function Problem({ problem, header, grid }: ProblemProps) {
  const { severity, message, hint, line, code } = problem;
  return (
    <>
      <Sign severity={severity} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: where there is little room it scrolls, by keys too */}
      <p class="whole" tabIndex={0}>
        <span class="place">
          {line !== null && `Line ${line}`}
          {header !== undefined && `, ${header}`}
          {line !== null && ": "}
        </span>
        <b>{sentence(message)}</b> {hint !== null && sentence(hint)} <code>{code}</code>
      </p>
      {problem.repair !== null && (
        <button
          type="button"
          disabled={grid.isReadOnly}
          title="Alt+Enter"
          onClick={() => problem.repair !== null && void repair(problem.repair)}
        >
          Repair
        </button>
      )}
      <button type="button" onClick={() => grid.run("next-problem")}>
        Next <kbd>F8</kbd>
      </button>
    </>
  );
}
