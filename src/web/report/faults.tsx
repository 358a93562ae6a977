import type { Fault } from "../../report/report-page.ts";

/** What is wrong, and what to do, one below the other; `withLine` where the row is not beside it. */
export function Faults({ faults, withLine }: { faults: readonly Fault[]; withLine?: boolean }) {
  const errorsFirst = faults.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
  return errorsFirst.map((fault) => (
    <p key={`${fault.code} ${fault.line} ${fault.message}`} class={`fault is-${fault.severity}`}>
      <b>{fault.severity}</b>: {sentence(fault.message)}
      {withLine && fault.line !== null ? ` Line ${fault.line}.` : null}
      {fault.field === null ? null : ` Column '${fault.field}'.`}
      {fault.hint === null ? null : ` ${sentence(fault.hint)}`} <code>{fault.code}</code>
    </p>
  ));
}

const RANK = { error: 0, warning: 1, note: 2 };

/** Messages open in lower case and have no full stop. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
