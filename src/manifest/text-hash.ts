/** Where a hash begins. */
export const HASH_START = 0x811c9dc5;

const PRIME = 0x01000193;

/** Goes on with FNV-1a, 32 bit (RFC 9923 §2), over the UTF-16 units of a text. */
export function addText(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

/** The same over bytes. */
export function addBytes(start: number, bytes: Uint8Array): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash;
}

/**
 * MurmurHash3's finalizer, as a whole number from 0: FNV alone leaves the low bits of texts that differ by one digit
 * alike.
 */
export function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
