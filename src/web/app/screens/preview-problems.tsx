import type { SheetProblem } from "../../../open/sheet-api.ts";
import { formatCount, plural } from "../../../report/units.ts";
import { sentence } from "../grid/problems.ts";
import { Foot } from "../parts/foot.tsx";
import { Sign } from "../parts/marks.tsx";
import { goTo, sheetAddress } from "../state/address.ts";
import { useApp } from "../state/store.ts";

const MOST_LISTED = 20;

/** What keeps an upload from being planned: the first errors, each with the way to its cell. */
export function PreviewProblems() {
  const { validation } = useApp();
  const errors = (validation?.diagnostics ?? []).filter(({ severity }) => severity === "error");
  const more = errors.length - MOST_LISTED;
  return (
    <>
      <main class="page">
        <h1>The spreadsheet has problems</h1>
        <p>{plural(errors.length, "problem")} must be corrected before anything can be uploaded.</p>
        <ul class="problem-list">
          {errors.slice(0, MOST_LISTED).map((problem) => (
            <li key={`${problem.code} ${problem.row} ${problem.column} ${problem.message}`}>
              <Problem problem={problem} />
            </li>
          ))}
        </ul>
        {more > 0 && (
          <p class="soft">
            And {formatCount(more)} more; <b>F8</b> in the spreadsheet leads from one to the next.
          </p>
        )}
      </main>
      <Foot summary="">
        <button type="button" class="primary" onClick={() => goTo("sheet")}>
          Back to the spreadsheet
        </button>
      </Foot>
    </>
  );
}

function Problem({ problem }: { problem: SheetProblem }) {
  const { sheet } = useApp();
  const { severity, message, hint, code, line, column } = problem;
  const header = sheet?.columns.find(({ index }) => index === column)?.header;
  const place = [line === null ? "The spreadsheet" : `Line ${line}`, header].filter(Boolean);
  return (
    <>
      <Sign severity={severity} />
      <a href={sheetAddress(problem)}>{place.join(", ")}</a>
      <span>
        <b>{sentence(message)}</b> {hint !== null && sentence(hint)} <code>{code}</code>
      </span>
    </>
  );
}
