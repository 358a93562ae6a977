/** Whether this is the long programme in full, `npm run test:faults`. */
export const isFull = process.env.QGFX_FAULTS === "full";

/** How often something is tried: in the quick suite, or in the full programme. */
export function counted(quick: number, full: number): number {
  return isFull ? full : quick;
}

/** Of some cases, the first few; all of them in the full programme, and where QGFX_CASES=all says so, as in CI. */
export function firstOf<Case>(quick: number, cases: readonly Case[]): readonly Case[] {
  return isFull || process.env.QGFX_CASES === "all" ? cases : cases.slice(0, quick);
}
