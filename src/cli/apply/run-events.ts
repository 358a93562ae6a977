import type { RunEvent } from "../../execute/events.ts";
import type { Action } from "../../plan/action.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { summarizePlan } from "../../plan/plan-document.ts";
import { isSent } from "../../plan/planned-row.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { displayPath } from "../paths.ts";
import type { ApplyContext } from "./apply-job.ts";
import type { RunEnd } from "./run-plan.ts";

type EventOf<Name> = Extract<RunEvent, { event: Name }>;

/** The first event of a run. */
export function runStarted({ job }: ApplyContext, plan: Plan): EventOf<"run.started"> {
  return {
    version: 1,
    event: "run.started",
    time: new Date().toISOString(),
    manifest: job.manifest.file,
    target: { host: job.target.host, library: job.target.library },
    summary: summarizePlan(plan.actions),
  };
}

/** The end of the rows that are not sent: unchanged ones and unknowns on hold. */
export function* unsentFinished(
  plan: Plan,
  recordOf: RecordOf,
): Generator<EventOf<"item.finished">> {
  for (const action of plan.actions) {
    if (action.line === null || isSent(action)) continue;
    yield finished(action, action.line, recordOf);
  }
}

function finished(
  { path, name, folder }: Action,
  line: number,
  recordOf: RecordOf,
): EventOf<"item.finished"> {
  const { status, graphicId, url, sha256, error } = recordOf({ line, name, folder });
  const time = new Date().toISOString();
  const what = { line, path, name, folder };
  return {
    version: 1,
    event: "item.finished",
    time,
    ...what,
    status,
    graphicId,
    url,
    sha256,
    error,
  };
}

/** The last event of a run; the results CSV is written by then. */
export function runFinished(
  { job, process }: ApplyContext,
  { summary, exitCode, durationMs, finishedAt }: RunEnd,
): EventOf<"run.finished"> {
  return {
    version: 1,
    event: "run.finished",
    time: finishedAt,
    summary,
    exitCode,
    durationMs,
    results: displayPath(job.paths.results, process.cwd),
  };
}
