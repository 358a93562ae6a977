import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { PlanDocument } from "../../plan/plan-document.ts";
import { formatPlanSummary } from "../../render/plan-text.ts";
import { writeHtmlPage } from "./html-page.ts";
import { type PageSource, recordedById } from "./html-source.ts";

/** Writes the page of `plan --html`. */
export async function writePlanPage(
  file: string,
  source: Omit<PageSource, "recorded">,
  document: PlanDocument,
  ledger: LedgerView | undefined,
): Promise<void> {
  const recorded = recordedById(source.job, ledger);
  const summary = formatPlanSummary(document, source.options.rate);
  const end = { summary, recordOf: undefined, sandboxUrl: undefined };
  await writeHtmlPage(file, { ...source, recorded }, end);
}
