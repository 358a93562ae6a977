import type { Refusal } from "../../../open/sheet-api.ts";
import { sentence } from "../grid/problems.ts";

/** What is wrong and what to do, as sentences, the code small. */
export function ProblemText({ error }: { error: Refusal["error"] }) {
  return (
    <span class="problem-text">
      <b>{sentence(error.message)}</b> {error.hint !== null && <span>{sentence(error.hint)}</span>}{" "}
      <code>{error.code}</code>
    </span>
  );
}
