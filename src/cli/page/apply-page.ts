import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { escapeText } from "../../render/escape.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { summarizeRun } from "../../report/run-summary.ts";
import type { ApplyContext } from "../apply/apply-job.ts";
import { formatSummary } from "../apply/show-run-end.ts";
import { displayPath } from "../paths.ts";
import { resolveHtmlFile } from "./html-file.ts";

/** Writes the page of a run whose rows ended like that. */
export type WritePage = (recordOf: RecordOf) => Promise<void>;

/**
 * Prepares the page of `apply --html` before the run, while the ledger still has what will be replaced;
 * undefined where none is wanted. `sandboxUrl`: where the service of this run listens.
 */
export async function prepareApplyPage(
  { job, options, process, terminal }: ApplyContext,
  ledger: Ledger,
  plan: Plan,
  sandboxUrl: string | undefined,
): Promise<WritePage | undefined> {
  const file = resolveHtmlFile(options, job.paths, process.cwd);
  if (file === undefined) return undefined;
  const { recordedById } = await import("./html-source.ts");
  const { writeHtmlPage } = await import("./html-page.ts");
  const source = { job, plan, options, recorded: recordedById(job, ledger) };
  return async (recordOf) => {
    const statuses = job.manifest.rows.map((row) => recordOf(row).status);
    const summary = formatSummary(summarizeRun(statuses));
    await writeHtmlPage(file, source, { summary, recordOf, sandboxUrl });
    terminal.note(`page in ${escapeText(displayPath(file, process.cwd))}`);
  };
}
