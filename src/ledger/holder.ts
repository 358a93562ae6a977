import { hostname } from "node:os";
import { z } from "zod";
import type { UserError } from "../user-error.ts";
import { checkHeader } from "./check-header.ts";
import type { Database } from "./database.ts";
import { openForReading } from "./open-for-reading.ts";
import { locked } from "./refusal.ts";

/** Who runs a run, for people. */
export interface Owner {
  user: string;
  machine: string;
  pid: number;
}

const holderSchema = z.tuple([z.string(), z.string(), z.int(), z.string()]);

/** Writes down who holds the lock; part of the caller's transaction. `since` is ISO 8601. */
export function recordHolder(database: Database, owner: Owner, since: string): void {
  const { user, machine, pid } = owner;
  database.run("INSERT OR REPLACE INTO holder VALUES (1, ?, ?, ?, ?)", [user, machine, pid, since]);
}

/** Takes back what `recordHolder` wrote. */
export function clearHolder(database: Database): void {
  database.exec("DELETE FROM holder");
}

/** Exit 7: says who holds the ledger, where and since when, as far as that can be read. */
export function heldByAnother(file: string): UserError {
  const holder = readHolder(file);
  if (!holder) return locked(file, "another run", "wait until it ends, or stop it");
  const [user, machine, pid, since] = holder;
  return locked(
    file,
    `a run of ${user} (process ${pid} on ${machine}, since ${since})`,
    `wait until it ends, or stop process ${pid} on ${machine}`,
  );
}

function readHolder(file: string): z.infer<typeof holderSchema> | undefined {
  try {
    const database = openForReading(file, checkHeader(file));
    try {
      const sql = "SELECT CAST(json_array(user, machine, pid, since) AS BLOB) FROM holder";
      const holder = holderSchema.parse(database.getJson(sql, []));
      return isGone(holder[1], holder[2]) ? undefined : holder;
    } finally {
      database.close();
    }
  } catch {
    // The message does without: that the ledger is held is what matters.
    return undefined;
  }
}

/** Whether the name was left by a run that died, the holder not having written its own yet. */
function isGone(machine: string, pid: number): boolean {
  if (machine !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH";
  }
}
