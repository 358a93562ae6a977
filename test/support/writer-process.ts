import { writeSync } from "node:fs";
import { hostname } from "node:os";
import type { AttemptOutcome } from "../../src/execute/outcome.ts";
import type { Run } from "../../src/ledger/ledger.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import type { PlannedRow } from "../../src/plan/planned-row.ts";
import { graphicUrl } from "../../src/plan/service.ts";
import { UserError } from "../../src/user-error.ts";
import { plannedRow } from "./planned-row.ts";

/** What the program is to do; its one argument, as JSON. */
export interface Task {
  file: string;
  /**
   * `hold`: keep the lock until stdin ends. `upload`: record `rows` uploads, `concurrency` at a time.
   * `read`: say which graphics are recorded.
   */
  does: "hold" | "upload" | "read";
  /** Begins every name: letters and digits. */
  prefix: string;
  rows: number;
  concurrency: number;
}

/** What it says, one a line, each only after the ledger promised it. */
export type Said =
  | { said: "ready" | "held" | "closed" }
  | { said: "intent"; name: string }
  | { said: "uploaded"; name: string; graphicId: string }
  | { said: "read"; names: string[] }
  | { said: "refused"; code: string; message: string }
  | { said: "lost"; name: string; error: string; message: string };

const RUN = {
  manifest: "../summer.csv",
  host: "fra1.qualtrics.com",
  service: "qualtrics.com",
  library: "UR_0123456789a",
};

function say(said: Said): void {
  writeSync(1, `${JSON.stringify(said)}\n`);
}

function uploadedAs(graphicId: string): AttemptOutcome {
  const url = graphicUrl("https://fra1.qualtrics.com", graphicId);
  const answer = { graphicId, url, httpStatus: 200, requestId: "r" };
  const finishedAt = new Date().toISOString();
  return { result: "uploaded", ...answer, errorCode: null, message: null, finishedAt };
}

async function work(run: Run, queue: PlannedRow[]): Promise<void> {
  for (let row = queue.shift(); row; row = queue.shift()) {
    const attemptId = await run.intent(row, 1);
    say({ said: "intent", name: row.row.name });
    // As long as an upload takes: other rows' writes come in between.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { name } = row.row;
    const graphicId = `IM_${name.replace("-", "x").padStart(11, "0")}`;
    await run.outcome(attemptId, uploadedAs(graphicId));
    say({ said: "uploaded", name, graphicId });
  }
}

async function main(task: Task): Promise<void> {
  say({ said: "ready" });
  if (task.does === "read") {
    const graphics = readLedger(task.file)?.recorded(RUN, RUN.manifest).graphics ?? [];
    say({ said: "read", names: graphics.map(({ name }) => name) });
    return;
  }
  const ledger = openLedger(task.file, { user: "bob", machine: hostname(), pid: process.pid });
  if (task.does === "hold") {
    // As a run that asks its user does.
    ledger.announce();
    say({ said: "held" });
    for await (const _ of process.stdin);
  } else {
    const names = Array.from({ length: task.rows }, (_, index) => `${task.prefix}-${index}`);
    const rows = names.map((name, line) => plannedRow({ name, line }));
    const run = ledger.startRun({ ...RUN, startedAt: new Date().toISOString() }, rows);
    const queue = [...rows];
    await Promise.all(Array.from({ length: task.concurrency }, () => work(run, queue)));
  }
  ledger.close();
  say({ said: "closed" });
}

try {
  await main(JSON.parse(process.argv[2] ?? ""));
} catch (cause) {
  if (!(cause instanceof UserError)) throw cause;
  if (cause.name === "LedgerLost") {
    say({ said: "lost", name: cause.name, error: cause.code, message: cause.message });
  } else say({ said: "refused", code: cause.code, message: cause.message });
  process.exitCode = cause.exitCode;
}
