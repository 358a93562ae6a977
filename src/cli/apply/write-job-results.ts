import type { RecordOf } from "../../report/row-record.ts";
import { ofShardAlone } from "../../report/shard-records.ts";
import type { Job } from "../plan/prepare-job.ts";
import { writeResults } from "../results/write-results.ts";
import { writeRetry } from "./write-retry.ts";

/** Writes a job's results: one line for every row of the manifest, of a shard too. */
export async function writeJobResults(
  { paths, manifest, shard }: Job,
  recordOf: RecordOf,
): Promise<void> {
  const whole = shard?.whole ?? manifest;
  await writeResults(paths.results, whole, ofShardAlone(recordOf, shard?.part));
}

/** Writes a job's retry sheet and gives its rows; a shard has none, for the same command tries them again. */
export async function writeJobRetry(
  { paths, manifest, shard }: Job,
  recordOf: RecordOf,
): Promise<number> {
  return shard ? 0 : writeRetry(paths.retry, manifest, recordOf);
}
