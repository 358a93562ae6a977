import type { SheetProblem } from "../../../open/sheet-api.ts";

/** The sign of a problem, so that its color is not all there is. Its words stand elsewhere. */
export function Sign({ severity }: { severity: SheetProblem["severity"] }) {
  return (
    <span class={`sign ${severity}`} aria-hidden="true">
      {severity === "error" ? "✗" : "!"}
    </span>
  );
}
