import type { RunEvent } from "../../src/execute/events.ts";

type EventOf<Name> = Extract<RunEvent, { event: Name }>;

/** ISO time that many milliseconds into a run. */
export function at(ms: number): string {
  return new Date(Date.UTC(2026, 0, 1) + ms).toISOString();
}

export const START_MS = Date.UTC(2026, 0, 1);

export function runStarted(uploads: number): EventOf<"run.started"> {
  return {
    version: 1,
    event: "run.started",
    time: at(0),
    manifest: "m.csv",
    target: { host: "sandbox", library: "UR_Sandbox000001" },
    summary: { create: uploads, unchanged: 0, replace: 0, orphan: 0, unknown: 0, bytes: 0 },
  };
}

function item(line: number, name: string) {
  return { version: 1 as const, line, path: "p.png", name, folder: "Früchte" };
}

export function started(line: number, ms: number, name = `row ${line}`): EventOf<"item.started"> {
  return { event: "item.started", ...item(line, name), time: at(ms), attempt: 1 };
}

export function retrying(line: number, ms: number): EventOf<"item.retrying"> {
  const why = { attempt: 1, delayMs: 2000, reason: "HTTP 429", httpStatus: 429 };
  return { event: "item.retrying", ...item(line, `row ${line}`), time: at(ms), ...why };
}

export function finished(
  line: number,
  ms: number,
  status: EventOf<"item.finished">["status"] = "uploaded",
): EventOf<"item.finished"> {
  const isUploaded = status === "uploaded";
  return {
    event: "item.finished",
    ...item(line, `row ${line}`),
    time: at(ms),
    status,
    graphicId: isUploaded ? "IM_123456789012345" : null,
    url: null,
    sha256: null,
    error: isUploaded ? null : "HTTP 400: no",
    warning: null,
  };
}

export function runFinished(ms: number): EventOf<"run.finished"> {
  return {
    version: 1,
    event: "run.finished",
    time: at(ms),
    summary: { uploaded: 3, unchanged: 0, failed: 1, unknown: 0, notRun: 36 },
    exitCode: 130,
    durationMs: ms,
    results: "m.results.csv",
  };
}
