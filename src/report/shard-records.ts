import { formatShard, isInShard, type Shard, shardIndexOf } from "../plan/shard.ts";
import type { RecordOf } from "./row-record.ts";

/**
 * What a shard's results say of every row of the manifest: of its own rows what the ledger says; of another
 * shard's what is known of it from before, never that this run uploaded it. Without a shard all rows are its own.
 */
export function ofShardAlone(recordOf: RecordOf, shard: Shard | undefined): RecordOf {
  if (!shard) return recordOf;
  return (row) => {
    const record = recordOf(row);
    if (isInShard(row, shard)) return record;
    if (record.status === "uploaded") return { ...record, status: "unchanged" };
    if (record.status !== "not-run") return record;
    const other = { index: shardIndexOf(row, shard.count), count: shard.count };
    return { ...record, error: `a row of shard ${formatShard(other)}` };
  };
}
