import { readJobLedger } from "../../jobs/job-ledger.ts";
import { planJob } from "../../jobs/job-plan.ts";
import { type Job, openJob } from "../../jobs/open-job.ts";
import { displayManifest } from "../../jobs/paths.ts";
import type { LedgerView } from "../../ledger/open-ledger.ts";
import type { ManifestRow } from "../../manifest/manifest.ts";
import type { Plan } from "../../plan/build-plan.ts";
import { formatExplanation } from "../../render/explanation-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import {
  buildExplanation,
  type Explanation,
  explainedAddresses,
  graphicsAt,
} from "../../report/explanation.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";

/** Tells why one row is what the plan says; gives the exit code. Sends and records nothing. */
export async function explainRow(
  file: string,
  line: string,
  options: CommonOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const job = await openJob(file, options, jobHost(process, terminal, options));
  if (!job) return EXIT.usage;
  const row = rowAt(job, line);
  const ledger = await readJobLedger(job);
  try {
    const plan = planJob(job, ledger, options.unknown ?? "hold");
    const explained = explain(job, row, plan, ledger);
    const nameOf = (key: string) => displayManifest(key, job.paths.ledger, process.cwd);
    const runs = explained.runs.map((run) => ({ ...run, manifest: nameOf(run.manifest) }));
    const explanation = { ...explained, runs };
    terminal.product(
      options.json ? JSON.stringify(explanation, null, 2) : formatExplanation(explanation),
    );
    return EXIT.done;
  } finally {
    ledger?.close();
  }
}

function rowAt({ manifest }: Job, line: string): ManifestRow {
  const row = /^\d+$/.test(line)
    ? manifest.rows.find((one) => one.line === Number(line))
    : undefined;
  if (row) return row;
  const first = manifest.rows[0]?.line;
  const last = manifest.rows.at(-1)?.line;
  const known =
    first === undefined ? "it has no rows" : `its rows start in lines ${first} to ${last}`;
  throw new UserError(
    "LINE_UNKNOWN",
    `no row of ${manifest.file} starts in line '${line}': ${known}`,
    {
      hint: "give the line as validate and plan count it: the header is line 1",
    },
  );
}

function explain(
  { manifest, target, paths }: Job,
  row: ManifestRow,
  plan: Plan,
  ledger: LedgerView | undefined,
): Explanation {
  const action = plan.actions.find(({ line }) => line === row.line);
  if (!action) throw new Error(`the plan has no action for line ${row.line}`);
  const former = plan.uploads.find((upload) => upload.row.line === row.line)?.decision.replaces;
  const places = explainedAddresses(row, former);
  const graphics = ledger?.graphics(target, paths.manifestKey) ?? [];
  return buildExplanation({
    manifest: manifest.file,
    target: { host: target.host, library: target.library },
    action: { ...action, line: row.line },
    graphics: places.flatMap((place) => graphicsAt(graphics, place)),
    rows: places.flatMap((place) => ledger?.pastRows(target, place) ?? []),
  });
}
