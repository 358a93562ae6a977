import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseShard, type Shard } from "../plan/shard.ts";

/** What a file's name says it is: `.db`, `.results.csv`. */
const ENDING = /(\.results)?(\.[^./\\]+)?$/;

/** Where a shard keeps what the whole manifest keeps in `path`: `a.db` → `a.shard-2-of-4.db`. */
export function ofShard(path: string, { index, count }: Shard): string {
  return path.replace(ENDING, (ending) => `.shard-${index}-of-${count}${ending}`);
}

/** A ledger that a shard left beside the whole manifest's. */
export interface ShardFile {
  file: string;
  shard: Shard;
}

const MARK = /\.shard-(\d+)-of-(\d+)(?=(\.[^./\\]+)?$)/;

/** The ledgers that stand beside `ledger`, named as `ofShard` names them; by N, then K. */
export function findShardLedgers(ledger: string): ShardFile[] {
  const found = filesIn(dirname(ledger)).flatMap((name): ShardFile[] => {
    const [, index, count] = MARK.exec(name) ?? [];
    const shard = index && count ? parseShard(`${index}/${count}`) : undefined;
    const isOurs = shard && ofShard(basename(ledger), shard) === name;
    return isOurs ? [{ file: join(dirname(ledger), name), shard }] : [];
  });
  return found.sort((a, b) => a.shard.count - b.shard.count || a.shard.index - b.shard.index);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No folder, no ledgers; whoever opens the ledger says what is wrong with it.
    return [];
  }
}
