import { setFlagsFromString } from "node:v8";
import type { Environment } from "../host-process.ts";

/**
 * Has V8 collect garbage before its heap grows, from now on: a run may take hours, and what it lets lie meanwhile
 * would be more than all it needs.
 *
 * Not while the program is built (src/start/launch.ts): what V8 compiled is of use only to runs that begin with the
 * same flags.
 */
export function keepHeapSmall(env: Environment): void {
  if (!env.QGFX_KEEP_COMPILED) setFlagsFromString("--optimize-for-size");
}
