import { resolve } from "node:path";
import { readManifestBytes } from "../files/read-manifest.ts";
import type { IdList } from "../plan/id-list.ts";
import { parseIdList } from "../plan/read-id-list.ts";
import { UserError } from "../user-error.ts";
import type { JobHost } from "./watcher.ts";

/** A list's ids, and how the list is shown. */
export interface ReadList extends IdList {
  file: string;
}

/** Reads the list that `--from` names; `-`: what is piped in, or pasted at the terminal. */
export async function readList(from: string, { cwd, readInput }: JobHost): Promise<ReadList> {
  if (from !== "-") {
    return { file: from, ...parseIdList(from, await readManifestBytes(resolve(cwd, from))) };
  }
  if (!readInput) {
    throw new UserError("INPUT_MISSING", "there is no standard input to read the list from", {
      hint: "name a file with --from",
    });
  }
  return { file: STANDARD_INPUT, ...parseIdList(STANDARD_INPUT, await readInput()) };
}

const STANDARD_INPUT = "standard input";
