import type { RunEvent } from "./documents.ts";

/**
 * What every function takes, so that one set of options serves a whole job. Paths are relative to `cwd`; what is left out is
 * as on the command line.
 */
export interface ManifestOptions {
  /** Folder of rows that name none. */
  folder?: string | undefined;
  /** Sheet of an .xlsx manifest; the first with a path column without. */
  sheet?: string | undefined;
  /** Encoding of a CSV or YAML manifest, for example `windows-1252`; UTF-8, or UTF-16 with a mark, without. */
  encoding?: string | undefined;
  /** What images must lie under; the manifest's folder without. */
  root?: string | undefined;
  /** Largest image, in bytes; 5 MiB without. */
  maxBytes?: number | undefined;
  /** The working folder; the process's own without. A `.env` file in it is read. */
  cwd?: string | undefined;
  /** The environment that QUALTRICS_… variables are read from; the process's own without. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** URL or host name; QUALTRICS_BASE_URL without. */
  host?: string | undefined;
  /** `UR_…` or `GR_…`; the manifest's own or QUALTRICS_LIBRARY_ID without. */
  library?: string | undefined;
  /** Uses the built-in stand-in for Qualtrics: no account, no token. */
  sandbox?: boolean | undefined;
  /** API token; QUALTRICS_API_KEY without. It goes to Qualtrics and nowhere else. */
  token?: string | undefined;
  /** A file with the token that only its owner may read. */
  tokenFile?: string | undefined;
  /** The record of ids; `.qgfx/ledger.db` beside the manifest without. */
  ledger?: string | undefined;
  /** The results file; beside the manifest without. */
  results?: string | undefined;
  /** Most requests under way at once; the run finds its own number, up to 128, without. */
  concurrency?: number | undefined;
  /** Requests a minute; 2400 without. */
  rate?: number | undefined;
  /** Whether uploads that got no answer are sent again, which may make duplicates; `hold` without. */
  unknown?: "hold" | "retry" | undefined;
  /** Uploads the same bytes once and gives every row with them that id. */
  share?: boolean | undefined;
  /** How quotes and backslashes in names are sent; `percent`, as browsers do, without. */
  nameQuotes?: "percent" | "backslash" | undefined;
}

/** What takes a part of a manifest, too. */
export interface ShardOptions extends ManifestOptions {
  /** The part, as `2/4`: it has a ledger and results of its own until `merge`. */
  shard?: `${number}/${number}` | undefined;
}

/** What `plan` takes. */
export interface PlanOptions extends ShardOptions {
  /** Refuses to go on where neither ledger nor results hold anything yet. */
  requireRecord?: boolean | undefined;
  /** Where the plan is saved, to be given to `apply` in place of the manifest; nowhere without. */
  out?: string | undefined;
}

/** What `apply` takes. */
export interface ApplyOptions extends ShardOptions {
  /** Refuses to go on where neither ledger nor results hold anything yet. */
  requireRecord?: boolean | undefined;
  /** Rows that go first and are fetched back; the rest goes once they are found to be the same. */
  canary?: number | undefined;
  /** How many of the first and of the last uploads are fetched back and compared; 3 without, 0 for none. */
  sample?: number | undefined;
  /** The run stops once this many rows have failed. */
  maxFailures?: number | undefined;
  /** Aborted: nothing new is sent, what is under way ends and is recorded, and `apply` resolves. */
  signal?: AbortSignal | undefined;
  /** Gets each event as it happens; may be async. What it throws, or rejects with, `apply` throws once the run is over. */
  onEvent?: ((event: RunEvent) => void) | undefined;
}

/** What `exportIds` takes. */
export interface ExportOptions extends ShardOptions {
  /** As `qgfx results --format`. */
  format:
    | ("json" | "json-urls" | "js" | "urls" | "html" | "md")
    | ("loop-merge" | "embedded" | "question");
  /** Where the text is written; it is in what `exportIds` gives without. */
  out?: string | undefined;
  /** For `loop-merge`, `js` and `embedded`: rows with the same text in this column belong together. */
  groupBy?: string | undefined;
  /** For `loop-merge`: the texts of this column, in order, are fields 2 and on. */
  columns?: string | undefined;
  /** Host in the addresses; the library's without. */
  urlHost?: string | undefined;
  /** Path in the addresses. */
  urlPath?: "ControlPanel" | "CP" | undefined;
}

/** What `resolve` takes. A row is named by its line, its name, or `folder/name`. */
export interface ResolveOptions extends ShardOptions {
  /** Uploads that are in the library, and their ids: `{ 12: "IM_…" }`. */
  landed?: Readonly<Record<string, string>> | undefined;
  /** Uploads that are not in the library; `all` for all that `landed` does not name. */
  absent?: "all" | readonly (number | string)[] | undefined;
  /** A list of names and ids, in a file: what it names is in the library, under that id. */
  from?: string | undefined;
}

/** What `adopt` takes. */
export interface AdoptOptions extends ManifestOptions {
  /** A list of names and ids, in a file; the manifest itself without. */
  from?: string | undefined;
  /** Takes ids whose graphic differs, or that are recorded otherwise, too. */
  force?: boolean | undefined;
}

/** What `merge` takes. */
export interface MergeOptions extends ManifestOptions {
  /** The ledgers to take in; those of the shards beside the manifest's without. */
  ledgers?: readonly string[] | undefined;
  /** Whether of two current graphics the one uploaded later is kept. */
  latest?: boolean | undefined;
  /** Whether the ledgers of some shards may be missing. */
  allowMissing?: boolean | undefined;
}
