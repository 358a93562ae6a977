import { JobEnd, writeResults } from "../../jobs/end-job.ts";
import { openRecord, type RecordedTarget, recordedTarget } from "../../jobs/job-ledger.ts";
import { type OpenedManifest, openManifest } from "../../jobs/open-job.ts";
import { readRecords } from "../../jobs/row-records.ts";
import type { Ledger } from "../../ledger/open-ledger.ts";
import { graphicUrl, parseHost } from "../../qualtrics/host.ts";
import { formatResolution } from "../../render/record-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import {
  describeResolution,
  type Finding,
  type ListedUnknown,
  listUnknowns,
} from "../../report/resolution.ts";
import { ofShardAlone } from "../../report/row-record.ts";
import { UserError } from "../../user-error.ts";
import type { ResolveOptions } from "../commands/resolve.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";
import { parseFindings, placeOf } from "./parse-findings.ts";

interface Resolving extends OpenedManifest {
  target: RecordedTarget;
  ledger: Ledger;
}

/** Lists a manifest's unknown uploads, or settles them as the options say; gives the exit code. */
export async function resolveUnknowns(
  file: string,
  options: ResolveOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, jobHost(process, terminal, options));
  if (!opened) return EXIT.usage;
  const ledger = openRecord(opened.paths, process.cwd);
  try {
    const target = recordedTarget(opened, ledger);
    return await resolveWith({ ...opened, target, ledger }, options, terminal);
  } finally {
    ledger.close();
  }
}

async function resolveWith(
  resolving: Resolving,
  options: ResolveOptions,
  terminal: Terminal,
): Promise<number> {
  const { manifest, paths, target, ledger } = resolving;
  const unknowns = readUnknowns(resolving, options);
  const findings = parseFindings(options, unknowns);
  const steps = new JobEnd(resolving);
  if (findings.length > 0) {
    settle(resolving, findings);
    await steps.writeResults(() => {
      const recordOf = readRecords(ledger, target, paths.manifestKey, manifest.rows);
      return writeResults(paths.results, manifest, ofShardAlone(recordOf, options.shard));
    });
  }
  const settled = new Set(findings.map(({ unknown }) => unknown));
  const left = unknowns.filter((unknown) => !settled.has(unknown));
  const resolved = { findings, left };
  terminal.product(
    options.json
      ? JSON.stringify(describeResolution(resolved), null, 2)
      : formatResolution(resolved),
  );
  steps.tell();
  if (steps.defect) throw steps.defect.error;
  return steps.exitCodeAfter(left.length > 0 ? EXIT.unknown : EXIT.done);
}

function readUnknowns(
  { manifest, paths, target, ledger }: Resolving,
  { shard }: ResolveOptions,
): ListedUnknown[] {
  const { unknowns } = ledger.recorded(target, paths.manifestKey);
  return listUnknowns(manifest.rows, unknowns, { isShard: shard !== undefined });
}

function settle({ ledger, target, paths }: Resolving, findings: readonly Finding[]): void {
  const settledAt = new Date().toISOString();
  const settlements = findings.map(({ unknown, graphicId }) => {
    if (graphicId !== undefined && ledger.knowsId(graphicId)) {
      throw alreadyRecorded(unknown, graphicId);
    }
    const url = graphicId === undefined ? "" : urlOn(target.host, graphicId);
    const landed = graphicId === undefined ? undefined : { graphicId, url };
    return { folder: unknown.folder, name: unknown.name, landed, settledAt };
  });
  ledger.settle(target, paths.manifestKey, settlements);
}

/** The embedded sandbox has no address of its own; its graphics have no lasting URL. */
function urlOn(host: string, graphicId: string): string {
  return host === "sandbox" ? "" : graphicUrl(parseHost(host).baseUrl, graphicId);
}

function alreadyRecorded(unknown: ListedUnknown, graphicId: string): UserError {
  const place = unknown.line === null ? placeOf(unknown) : `line ${unknown.line}`;
  return new UserError(
    "RESOLVE_ID_TAKEN",
    `${graphicId}, given for ${place}, is recorded for another upload already`,
    { hint: "look again in the library for the graphic of this row" },
  );
}
