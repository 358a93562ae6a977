import {
  type BodyReset,
  type CheckedFaultScript,
  type Fault,
  type Play,
  playsInBody,
} from "./script.ts";

/** Chooses what plays, and counts how often each fault has. */
export interface FaultChooser {
  /** Asked when an upload's headers have come. */
  beforeBody(upload: number): BodyReset | undefined;
  /** Asked when its body was read and found good. */
  afterBody(upload: number, name: string): Play | undefined;
}

/** The chooser of one script; of the faults that fit, the first plays. */
export function createFaultChooser({ seed, faults }: CheckedFaultScript): FaultChooser {
  const timesLeft = faults.map((fault) => fault.times ?? Number.POSITIVE_INFINITY);

  function choose(upload: number, fits: (fault: Fault) => boolean): Play | undefined {
    const index = faults.findIndex(
      (fault, position) =>
        (timesLeft[position] ?? 0) > 0 &&
        fits(fault) &&
        fitsNumber(fault, upload) &&
        drawNumber(seed, upload, position) < (fault.probability ?? 1),
    );
    if (index < 0) return undefined;
    timesLeft[index] = (timesLeft[index] ?? 0) - 1;
    return faults[index]?.play;
  }

  return {
    beforeBody(upload) {
      const play = choose(upload, (fault) => playsInBody(fault.play));
      return play && playsInBody(play) ? play : undefined;
    },
    afterBody: (upload, name) =>
      choose(upload, (fault) => !playsInBody(fault.play) && fitsName(fault, name)),
  };
}

function fitsNumber(fault: Fault, upload: number): boolean {
  return fault.upload === undefined || [fault.upload].flat().includes(upload);
}

function fitsName(fault: Fault, name: string): boolean {
  return fault.name === undefined || fault.name === name;
}

/**
 * A number from 0 up to 1 that depends on its arguments alone (the finaliser of MurmurHash3 after each), so
 * that a seed plays the same faults however the uploads overlap.
 */
export function drawNumber(...from: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of from) {
    hash = Math.imul(hash ^ part, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
