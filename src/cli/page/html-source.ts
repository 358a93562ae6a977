import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { Plan } from "../../plan/build-plan.ts";
import type { Graphic } from "../../plan/recorded.ts";
import type { CommonOptions } from "../common-options.ts";
import type { Job } from "../plan/prepare-job.ts";
import type { HtmlOptions } from "./html-options.ts";

/** What a page is made from. The ledger is read at once: after a run it no longer has what was replaced. */
export interface PageSource {
  job: Job;
  plan: Plan;
  options: CommonOptions & HtmlOptions;
  recorded: ReadonlyMap<string, Graphic>;
}

/** The recorded graphics by id; see `PageSource`. */
export function recordedById(
  { target, paths }: Job,
  ledger: LedgerView | undefined,
): ReadonlyMap<string, Graphic> {
  const graphics = ledger?.recorded(target, paths.manifestKey).graphics ?? [];
  return new Map(graphics.map((graphic) => [graphic.graphicId, graphic]));
}
