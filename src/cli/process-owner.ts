import { hostname, userInfo } from "node:os";

/** Who this process is, for whoever finds the ledger held by it. */
export function processOwner() {
  return { user: userName(), machine: hostname(), pid: process.pid };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a user id that has no name.
    return String(process.getuid?.() ?? "unknown");
  }
}
