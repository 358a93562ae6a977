import type { Ledger } from "../../ledger/open-ledger.ts";
import type { Manifest, ManifestRow } from "../../manifest/manifest.ts";
import { graphicUrl } from "../../qualtrics/graphic-url.ts";
import { parseHost } from "../../qualtrics/host.ts";
import { escapeText } from "../../render/escape.ts";
import { EXIT } from "../../report/exit-code.ts";
import type { RecordOf } from "../../report/row-record.ts";
import { ofShardAlone } from "../../report/shard-records.ts";
import { plural } from "../../report/units.ts";
import { UserError } from "../../user-error.ts";
import { pagedRecords } from "../apply/paged-records.ts";
import type { ResolveOptions } from "../commands/resolve.ts";
import type { HostProcess } from "../host-process.ts";
import { LastSteps } from "../last-steps.ts";
import type { Paths } from "../paths.ts";
import type { Resolution } from "../printed-documents.ts";
import { openWholeLedger } from "../shards/open-whole-ledger.ts";
import { openManifest } from "../sheet/open-manifest.ts";
import type { Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { type Finding, parseFindings } from "./parse-findings.ts";
import { readRecord, recordedTarget } from "./recorded-target.ts";
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
  const ledger = openExisting(paths, process);
  try {
    const target = recordedTarget(ledger, paths, options, manifest.library, process);
    return await resolveWith({ manifest, paths, target, ledger }, options, terminal);
  } finally {
    ledger.close();
  }
}

function openExisting(paths: Paths, process: HostProcess): Ledger {
  const view = readRecord(paths, process);
  view.close();
  return openWholeLedger(paths.ledger);
}

async function resolveWith(
  resolving: Resolving,
  options: ResolveOptions,
  terminal: Terminal,
): Promise<number> {
  const { manifest, paths, target, ledger } = resolving;
  const readRecords = () => pagedRecords(ledger, target, paths.manifestKey, manifest.rows);
  const before = readRecords();
  const unknownRows = manifest.rows.filter((row) => before(row).status === "unknown");
  const findings = parseFindings(options, unknownRows);
  const steps = new LastSteps(manifest.file);
  if (findings.length > 0) {
    settle(resolving, findings);
    await steps.writeResults(() =>
      writeResults(paths.results, manifest, ofShardAlone(readRecords(), options.shard)),
    );
  }
  const settled = new Set(findings.map(({ row }) => row));
  const left = unknownRows.filter((row) => !settled.has(row));
  if (options.json) terminal.product(formatJson(findings, left));
  else terminal.product(formatText(findings, left, before));
  steps.show(terminal);
  steps.throwDefect();
  return steps.exitCodeAfter(left.length > 0 ? EXIT.unknown : EXIT.done);
}

function settle({ ledger, target, paths }: Resolving, findings: readonly Finding[]): void {
  const settledAt = new Date().toISOString();
  const settlements = findings.map(({ row, graphicId }) => {
    if (graphicId !== undefined && ledger.knowsId(graphicId)) throw alreadyRecorded(row, graphicId);
    const url = graphicId === undefined ? "" : urlOn(target.host, graphicId);
    const landed = graphicId === undefined ? undefined : { graphicId, url };
    return { folder: row.folder, name: row.name, landed, settledAt };
  });
  ledger.settle(target, paths.manifestKey, settlements);
}

/** The embedded sandbox has no address of its own; its graphics have no lasting URL. */
function urlOn(host: string, graphicId: string): string {
  return host === "sandbox" ? "" : graphicUrl(parseHost(host).baseUrl, graphicId);
}

function alreadyRecorded({ line }: ManifestRow, graphicId: string): UserError {
  return new UserError(
    "RESOLVE_ID_TAKEN",
    `${graphicId}, given for line ${line}, is recorded for another upload already`,
    { hint: "look again in the library for the graphic of this row" },
  );
}

function formatText(
  findings: readonly Finding[],
  left: readonly ManifestRow[],
  recordOf: RecordOf,
): string {
  const done = findings.map(
    ({ row, graphicId }) => `${nameOf(row)}: ${graphicId ?? "absent, the next apply uploads it"}`,
  );
  if (left.length === 0) return [...done, "no unknown uploads left"].join("\n");
  const open = left.map((row) => `? ${nameOf(row)}: ${escapeText(recordOf(row).error ?? "")}`);
  const count = `${plural(left.length, "upload")} got no answer; look in the library, then say --landed LINE=IM_… or --absent LINE`;
  return [...done, ...open, count].join("\n");
}

function nameOf({ line, folder, name }: ManifestRow): string {
  return `line ${line}, ${escapeText(`${folder}/${name}`)}`;
}

function formatJson(findings: readonly Finding[], left: readonly ManifestRow[]): string {
  const place = ({ line, folder, name }: ManifestRow) => ({ line, folder, name });
  const settled = findings.map(({ row, graphicId }) => ({
    ...place(row),
    settled: graphicId === undefined ? ("absent" as const) : ("landed" as const),
    graphicId: graphicId ?? null,
  }));
  const document: Resolution = { version: 1, settled, unknown: left.map(place) };
  return JSON.stringify(document, null, 2);
}
