import type { NameQuotes } from "../manifest/manifest.ts";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import type { UrlPath } from "../plan/service.ts";
import type { Shard } from "../plan/shard.ts";

/** Most uploads under way at once; a run finds its own number. */
export const MOST_CONCURRENCY = 128;

/** So many of a run's first and last uploads are looked at in the library. */
export const DEFAULT_SAMPLE = 3;

/** Requests a minute; the service takes 3,000 of a whole brand (qualtrics-api: Hosts, auth, limits). */
export const DEFAULT_RATE = 2400;

const BYTES_PER_MB = 1024 * 1024;

/** Largest image, in bytes (qualtrics-api: Upload). */
export const DEFAULT_MAX_BYTES: number = 5 * BYTES_PER_MB;

/** What images may take in a page where nobody says otherwise, in bytes: a browser opens it at once. */
export const DEFAULT_PAGE_IMAGE_BYTES: number = 32 * BYTES_PER_MB;

/** What decides about a manifest's job, as the user gave it. Paths are relative to the host's `cwd`. */
export interface JobOptions {
  host?: string;
  library?: string;
  folder?: string;
  /** Sheet of an .xlsx manifest. */
  sheet?: string;
  /** Of a CSV or YAML manifest that is not UTF-8. */
  encoding?: string;
  ledger?: string;
  results?: string;
  root?: string;
  tokenFile?: string;
  sandbox?: boolean;
  /** Most requests under way at once. */
  concurrency: number;
  /** Requests a minute. */
  rate: number;
  /** `repeat`, of saved plans: hold, but for what can be asked for again with its key; so, too, where it is not given. */
  unknown?: UnknownPolicy | "repeat";
  /** How quotes and backslashes in names are sent; `percent` without. */
  nameQuotes?: NameQuotes;
  /** Whether rows with the same bytes share one upload. */
  share?: boolean;
  /** Whether a job without any record of the library is refused. */
  requireRecord?: boolean;
  /** The part of the manifest the job is about; the whole without. */
  shard?: Shard;
  /** Bytes. */
  maxSize: number;
}

/** What decides how the URLs of graphics are written. */
export interface UrlOptions {
  /** Their host; that of the library without. */
  urlHost?: string;
  urlPath?: UrlPath;
}

/** What decides the HTML page of a plan or a run. */
export interface PageOptions {
  /** Where the page goes; no page without. */
  html?: string;
  /** Whether replaced images may be fetched from the service. */
  htmlOld?: boolean;
  /** How much of the page images may take, in bytes; default: `DEFAULT_PAGE_IMAGE_BYTES`. */
  htmlPictures?: number;
}

/** What decides how a run goes. */
export interface ApplyOptions extends JobOptions, PageOptions {
  /** Whether nothing is asked. */
  yes?: boolean;
  /** Rows that go first and are fetched back. */
  canary?: number;
  /** How many of the first and the last uploads are fetched back; default: `DEFAULT_SAMPLE`. */
  sample?: number;
  maxFailures?: number;
}

/** What decides how graphics are deleted. */
export interface DeleteOptions extends JobOptions {
  /** Whether nothing is asked. */
  yes?: boolean;
  /** More graphics are not deleted at once. */
  maxDelete: number;
}
