import { BIN } from "../../support/program.ts";
import type { Place } from "./crash-place.ts";

/** Who a program runs as; with neither, as this process does. */
export interface User {
  uid?: number;
  gid?: number;
}

const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * What rights forbid root may do all the same: as root, the runs are somebody else's. Undefined where nobody else
 * can run the program.
 */
export async function ordinaryUser(place: Place): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return {};
  try {
    const { ended } = place.run(process.execPath, [BIN, "--version"], NOBODY);
    return (await ended).code === 0 ? NOBODY : undefined;
  } catch {
    return undefined;
  }
}
