/** Whether this is the long programme in full, `npm run test:faults`. */
export const isFull = process.env.QGFX_FAULTS === "full";

/** How often something is tried: in the quick suite, or in the full programme. */
export function counted(quick: number, full: number): number {
  return isFull ? full : quick;
}

/** Of some cases, the first few; in the full programme all. */
export function firstOf<Case>(quick: number, cases: readonly Case[]): readonly Case[] {
  return isFull ? cases : cases.slice(0, quick);
}
