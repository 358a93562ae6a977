import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { type ListedUnknown, listUnknowns } from "../../plan/list-unknowns.ts";
import { graphicUrl, parseHost } from "../../qualtrics/host.ts";
import { formatResolution } from "../../render/record-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import { describeResolution, type Finding } from "../../report/resolution.ts";
import { ofShardAlone } from "../../report/shard-records.ts";
import { UserError } from "../../user-error.ts";
import { pagedRecords } from "../apply/paged-records.ts";
import type { ResolveOptions } from "../commands/resolve.ts";
import type { HostProcess } from "../host-process.ts";
import { LastSteps } from "../last-steps.ts";
import type { Paths } from "../paths.ts";
import { openManifest } from "../sheet/open-manifest.ts";
import type { Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { openRecord } from "./open-record.ts";
import { parseFindings, placeOf } from "./parse-findings.ts";
import { recordedTarget } from "./recorded-target.ts";
import { writeResults } from "./write-results.ts";

interface Resolving {
  manifest: Manifest;
  paths: Paths;
  target: Pick<Target, "service" | "library" | "host">;
  ledger: Ledger;
}

/** Lists a manifest's unknown uploads, or settles them as the options say; gives the exit code. */
export async function resolveUnknowns(
  file: string,
  options: ResolveOptions,
  process: HostProcess,
  terminal: Terminal,
): Promise<number> {
  const opened = await openManifest(file, options, process, terminal);
  if (!opened) return EXIT.usage;
  const { manifest, paths } = opened;
  const ledger = openRecord(paths, process);
  try {
    const target = recordedTarget(ledger, paths, options, manifest.library, process);
    return await resolveWith({ manifest, paths, target, ledger }, options, terminal);
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
  const steps = new LastSteps(manifest.file, options);
  if (findings.length > 0) {
    settle(resolving, findings);
    const readRecords = () => pagedRecords(ledger, target, paths.manifestKey, manifest.rows);
    await steps.writeResults(() =>
      writeResults(paths.results, manifest, ofShardAlone(readRecords(), options.shard)),
    );
  }
  const settled = new Set(findings.map(({ unknown }) => unknown));
  const left = unknowns.filter((unknown) => !settled.has(unknown));
  const resolved = { findings, left };
  terminal.product(
    options.json
      ? JSON.stringify(describeResolution(resolved), null, 2)
      : formatResolution(resolved),
  );
  steps.show(terminal);
  steps.throwDefect();
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
