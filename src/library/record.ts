import { resolve as resolvePath } from "node:path";
import { adopt as adoptJob } from "../jobs/adopt.ts";
import { mergeShards } from "../jobs/merge.ts";
import { resolveUnknowns } from "../jobs/resolve.ts";
import { exportResults, rewriteResults } from "../jobs/results.ts";
import { verify as verifyJob } from "../jobs/verify.ts";
import type { JobHost, JobResult } from "../jobs/watcher.ts";
import { describeResolution } from "../report/resolution.ts";
import type {
  Adoption,
  ExportDocument,
  MergeDocument,
  Resolution,
  Verification,
} from "./documents.ts";
import { checkArguments, toJobOptions } from "./job-options.ts";
import { ManifestInvalid } from "./manifest-invalid.ts";
import type {
  AdoptOptions,
  ExportOptions,
  ManifestOptions,
  MergeOptions,
  ResolveOptions,
  ShardOptions,
} from "./options.ts";
import { SilentWatcher, silentHost } from "./silent-watcher.ts";

/** What is said beside a document. */
export interface Ended {
  /** As the command's exit code. */
  exitCode: number;
  /** What the command would have said although told to be quiet, such as why the results could not be written. */
  alarms: readonly string[];
}

/** How a row stands: what the results file says of it. */
export interface RecordedRow {
  /** Line of the manifest where the row starts. */
  line: number;
  /** As the manifest names it. */
  path: string;
  name: string;
  folder: string;
  status: "uploaded" | "failed" | "unknown" | "not-run";
  /** Of the graphic that stands in the library; null where there is none. */
  graphicId: string | null;
  url: string | null;
  library: string | null;
  /** Of the graphic's bytes, lower-case hex. */
  sha256: string | null;
  /** ISO 8601. */
  uploadedAt: string | null;
  error: string | null;
}

/** Writes the results file again from the ledger and gives its rows; no network. */
export async function results(
  manifest: string,
  options: ShardOptions = {},
): Promise<{ results: string; rows: RecordedRow[] }> {
  checkArguments("results", manifest, options);
  const { document } = await watch(manifest, options, (host) =>
    rewriteResults(manifest, toJobOptions(options), host),
  );
  const rows = document.rows.map(({ row, record }): RecordedRow => {
    const { line, path, name, folder } = row;
    const { status, graphicId, url, library, sha256, uploadedAt, error } = record;
    const place = { line, path, name, folder };
    return { ...place, status, graphicId, url, library, sha256, uploadedAt, error };
  });
  return { results: resolvePath(options.cwd ?? "", document.results), rows };
}

/** The ids in a format made to be pasted, as `qgfx results --format`; no network. */
export async function exportIds(manifest: string, options: ExportOptions): Promise<ExportDocument> {
  checkArguments("exportIds", manifest, options);
  const { out, ...rest } = options;
  const given = {
    ...toJobOptions(rest),
    format: options.format,
    ...(out !== undefined && { out }),
  };
  const { document } = await watch(manifest, options, (host) =>
    exportResults(manifest, given, host),
  );
  return document;
}

/** Lists the uploads that got no answer, or settles them as the options say. */
export async function resolve(
  manifest: string,
  options: ResolveOptions = {},
): Promise<Resolution & Ended> {
  checkArguments("resolve", manifest, options);
  const { landed = {}, absent = [], ...rest } = options;
  const findings = {
    landed: Object.entries(landed).map(([place, id]) => `${place}=${id}`),
    absent: absent === "all" ? ["all"] : absent.map(String),
  };
  const { document, ...ended } = await watch(manifest, options, (host) =>
    resolveUnknowns(manifest, { ...toJobOptions(rest), ...findings }, host),
  );
  return { ...describeResolution(document), ...ended };
}

/** Takes over the ids of an earlier script, each after its graphic was fetched and compared. */
export async function adopt(
  manifest: string,
  options: AdoptOptions = {},
): Promise<Adoption & Ended> {
  checkArguments("adopt", manifest, options);
  return tell(manifest, options, (host) => adoptJob(manifest, toJobOptions(options), host));
}

/** Fetches every recorded graphic and compares it with what was sent. */
export async function verify(
  manifest: string,
  options: ManifestOptions = {},
): Promise<Verification & Ended> {
  checkArguments("verify", manifest, options);
  return tell(manifest, options, (host) => verifyJob(manifest, toJobOptions(options), host));
}

/** Puts the ledgers of a manifest's shards into its own and writes the results of all. */
export async function merge(
  manifest: string,
  options: MergeOptions = {},
): Promise<MergeDocument & Ended> {
  checkArguments("merge", manifest, options);
  const { ledgers, ...rest } = options;
  const given = { ...toJobOptions(rest), ...(ledgers && { ledgers: [...ledgers] }) };
  return tell(manifest, options, (host) => mergeShards(manifest, given, host));
}

/** Gives a job's document, and what is said beside it. */
async function tell<Document>(
  ...asked: Parameters<typeof watch<Document>>
): Promise<Document & Ended> {
  const { document, ...ended } = await watch(...asked);
  return { ...document, ...ended };
}

/** Runs a job that says nothing; throws where its manifest has errors. */
async function watch<Document>(
  manifest: string,
  options: ManifestOptions,
  job: (host: JobHost) => Promise<JobResult<Document>>,
): Promise<Ended & { document: Document }> {
  const watcher = new SilentWatcher();
  const { document, exitCode, defect } = await job(silentHost(options, watcher));
  if (defect) throw defect.error;
  if (document === undefined) throw new ManifestInvalid(manifest, watcher.found);
  return { document, exitCode, alarms: watcher.alarms };
}
