import type { RunEvent } from "../execute/events.ts";
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_RATE,
  type ApplyOptions as JobApplyOptions,
  MOST_CONCURRENCY,
} from "../jobs/options.ts";
import { UserError } from "../user-error.ts";

/** Where a manifest's pictures and records are; every path is relative to `cwd`. What is left out is as on the command line. */
export interface ManifestOptions {
  /** Folder of rows that name none. */
  folder?: string;
  /** Sheet of an .xlsx manifest; the first without. */
  sheet?: string;
  /** Encoding of a CSV or YAML manifest, for example `windows-1252`; UTF-8, or UTF-16 with a mark, without. */
  encoding?: string;
  /** What pictures must lie under; the manifest's folder without. */
  root?: string;
  /** Largest picture, in bytes; 5 MiB without. */
  maxBytes?: number;
  /** The working folder; the process's own without. A `.env` file in it is read. */
  cwd?: string;
  /** The environment that QUALTRICS_… variables are read from; the process's own without. */
  env?: Readonly<Record<string, string | undefined>>;
}

/** What decides a plan besides the manifest. */
export interface PlanOptions extends ManifestOptions {
  /** URL or host name; QUALTRICS_BASE_URL without. */
  host?: string;
  /** `UR_…` or `GR_…`; the manifest's own or QUALTRICS_LIBRARY_ID without. */
  library?: string;
  /** Uses the built-in stand-in for Qualtrics: no account, no token. */
  sandbox?: boolean;
  /** The record of ids; `.qgfx/ledger.db` beside the manifest without. */
  ledger?: string;
  /** The results file; beside the manifest without. */
  results?: string;
  /** Whether uploads that got no answer are sent again, which may make duplicates; `hold` without. */
  unknown?: "hold" | "retry";
  /** Uploads the same bytes once and gives every row with them that id. */
  share?: boolean;
}

/** What decides how a run goes. */
export interface ApplyOptions extends PlanOptions {
  /** API token; QUALTRICS_API_KEY without. It goes to the service and nowhere else. */
  token?: string;
  /** A file with the token that only its owner may read. */
  tokenFile?: string;
  /** Most uploads under way at once; the run finds its own number, up to 128, without. */
  concurrency?: number;
  /** Requests a minute; 2400 without. */
  rate?: number;
  /** Rows that go first and are fetched back; the rest goes once they are found to be the same. */
  canary?: number;
  /** The run stops once this many rows have failed. */
  maxFailures?: number;
  /** Aborted: nothing new is sent, what is under way ends and is recorded, and `apply` resolves. */
  signal?: AbortSignal;
  /** Gets each event as it happens; may be async. What it throws, or rejects with, `apply` throws once the run is over. */
  onEvent?: (event: RunEvent) => void;
}

/** The options as jobs take them; a UserError for a number that is none. Nothing is asked. */
export function toJobOptions(options: ApplyOptions): JobApplyOptions {
  const { host, library, folder, sheet, encoding, ledger, results, root, tokenFile, sandbox } =
    options;
  const { unknown, share, canary, maxFailures } = options;
  if (unknown !== undefined && unknown !== "hold" && unknown !== "retry") {
    throw new UserError("OPTION_INVALID", `unknown is ${String(unknown)}, expected hold or retry`);
  }
  const given = {
    host,
    library,
    folder,
    sheet,
    encoding,
    ledger,
    results,
    root,
    tokenFile,
    sandbox,
  };
  const known = Object.entries({ ...given, unknown, share }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...Object.fromEntries(known),
    yes: true,
    concurrency: whole("concurrency", options.concurrency ?? MOST_CONCURRENCY, MOST_CONCURRENCY),
    rate: whole("rate", options.rate ?? DEFAULT_RATE, 10_000_000),
    maxSize: whole("maxBytes", options.maxBytes ?? DEFAULT_MAX_BYTES, 2 ** 30),
    ...(canary !== undefined && { canary: whole("canary", canary, 1_000) }),
    ...(maxFailures !== undefined && { maxFailures: whole("maxFailures", maxFailures, 1_000_000) }),
  };
}

/** `value` if it is a whole number from 1 to `max`; a UserError otherwise. */
function whole(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new UserError(
    "OPTION_INVALID",
    `${name} is ${value}, expected a whole number from 1 to ${max}`,
  );
}
