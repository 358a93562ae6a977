import { addressKey, type FolderAndName } from "./recorded.ts";

/** One part of a manifest that is shared out: the `index`-th, from 1, of `count`. */
export interface Shard {
  index: number;
  count: number;
}

/** More would not be faster: the service takes 50 uploads a second of a whole brand. */
export const MOST_SHARDS = 1_000;

const SHARD_TEXT = /^(\d+)\/(\d+)$/;

/** Reads `2/4`; undefined for anything that is not one of 1 to `MOST_SHARDS` parts. */
export function parseShard(text: string): Shard | undefined {
  const [, index, count] = (SHARD_TEXT.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined) return undefined;
  const isOne = index >= 1 && index <= count && count <= MOST_SHARDS;
  return isOne ? { index, count } : undefined;
}

/** As `parseShard` reads it. */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * Which of `count` shards an address belongs to, from 1. It follows from folder and name alone and must never
 * change: a row that changed its shard would be sent by both.
 */
export function shardIndexOf(place: FolderAndName, count: number): number {
  return (hashText(addressKey(place)) % count) + 1;
}

/** Whether an address belongs to a shard. */
export function isInShard(place: FolderAndName, { index, count }: Shard): boolean {
  return shardIndexOf(place, count) === index;
}

/** FNV-1a, 32 bit (RFC 9923 §2), over the UTF-8 bytes: the same on every machine. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, "utf8")) hash = Math.imul(hash ^ byte, 0x01000193);
  return spread(hash);
}

/**
 * MurmurHash3's finalizer, as a whole number from 0: FNV alone leaves the low bits of texts that differ by one digit
 * alike.
 */
function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
