import { readFileSync } from "node:fs";

/** What a plan of 100,000 rows needs on Node 20, 22 and 24, of which Node itself takes 700 to 1,100 at its start. */
const NEEDED_MB = 2_048;

/** Why nothing can be done, and what helps. */
export interface LackOfSpace {
  message: string;
  hint: string;
}

/**
 * What to tell a user whose system keeps this process in too small an address space (`ulimit -v`); undefined where it
 * does not. Node would end with a trace of its own during the run, which no program can catch. Only Linux tells.
 */
export function describeLackOfSpace(): LackOfSpace | undefined {
  const limitMb = readLimitMb();
  if (limitMb === undefined) return undefined;
  const limit = `this system lets a program have ${limitMb} MB of address space`;
  if (limitMb < NEEDED_MB) {
    const hint = `raise the limit: ulimit -v ${NEEDED_MB * 1024}`;
    return { message: `${limit}; qgfx needs ${NEEDED_MB} MB`, hint };
  }
  if (hasRoomForWebAssembly()) return undefined;
  const hint =
    "turn off the memory that Node reserves for WebAssembly: export NODE_OPTIONS=--disable-wasm-trap-handler";
  return { message: `${limit}; Node wants more`, hint };
}

function readLimitMb(): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, bytes] = /^Max address space +(\d+)/m.exec(limits) ?? [];
    return bytes === undefined ? undefined : Math.floor(Number(bytes) / 2 ** 20);
  } catch {
    return undefined;
  }
}

/** Answers are read by WebAssembly, for whose memory Node 20 and 22 reserve 10 GB unless told otherwise. */
function hasRoomForWebAssembly(): boolean {
  try {
    new WebAssembly.Memory({ initial: 1 });
    return true;
  } catch {
    return false;
  }
}
