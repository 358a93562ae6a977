import type { ManifestRow } from "../manifest/manifest.ts";
import { addressKey } from "../plan/recorded.ts";
import { type ListedUnknown, listUnknowns } from "../report/resolution.ts";
import type { RowRecord } from "../report/results.ts";
import { EXIT } from "../report/summary.ts";
import { INVALID, openManifest } from "./open-job.ts";
import type { JobOptions } from "./options.ts";
import { withRecord } from "./record.ts";
import type { RecordedTarget } from "./results-file.ts";
import type { JobHost, JobResult } from "./watcher.ts";

/** How a manifest stands in its library. */
export interface Standing {
  target: RecordedTarget;
  /** In manifest order. */
  rows: readonly { row: ManifestRow; record: RowRecord }[];
  unknowns: readonly SentUnknown[];
}

/** An upload that got no answer, and what was sent when. */
export interface SentUnknown extends ListedUnknown {
  path: string;
  /** When its run began, ISO 8601. */
  sentAt: string;
}

/** Tells how each row of a manifest stands, and what got no answer. Sends nothing. */
export async function readStanding(
  file: string,
  options: JobOptions,
  host: JobHost,
): Promise<JobResult<Standing>> {
  const job = await openManifest(file, options, host);
  if (!job) return INVALID;
  const { paths, whole } = job;
  const document = await withRecord(job, (ledger, target): Standing => {
    const recordOf = ledger.rowRecords(target);
    const { unknowns } = ledger.recorded(target, paths.manifestKey);
    const sent = new Map(unknowns.map((one) => [addressKey(one), one]));
    const begun = new Map(
      ledger.pastRuns(paths.manifestKey).map(({ run, startedAt }) => [run, startedAt]),
    );
    return {
      target,
      rows: whole.rows.map((row) => ({ row, record: recordOf(row) })),
      unknowns: listUnknowns(whole.rows, unknowns, { isShard: false }).map((one) => {
        const { path = "", run = 0 } = sent.get(addressKey(one)) ?? {};
        return { ...one, path, sentAt: begun.get(run) ?? "" };
      }),
    };
  });
  return { exitCode: EXIT.done, document };
}
