import { UserError } from "../user-error.ts";
import {
  type CheckedFaultScript,
  checkFaultScript,
  type FaultScript,
  type Play,
} from "./fault-script.ts";
import { createFaultChooser, createRateLimit, type RateLimit } from "./faults.ts";
import { openFolderStore } from "./folder-store.ts";
import { createMemoryStore, randomAlphanumerics, type Store } from "./store.ts";
import type { PartNote } from "./understand-upload.ts";

export interface SandboxOptions {
  /** 0, the default, picks a free one. */
  port?: number;
  /** Where graphics are kept; in memory without one. */
  storeDir?: string;
  /** Faults to play. */
  script?: FaultScript;
  /** Takes the place of the personal (`UR_…`) or the group (`GR_…`) library. */
  library?: string;
  /** The only token it takes; a random one without. */
  token?: string;
}

/** All that a running sandbox holds. */
export interface SandboxState {
  token: string;
  libraries: readonly Library[];
  store: Store;
  log: ReturnType<typeof createRequestLog>;
  script: CheckedFaultScript;
  faults: ReturnType<typeof createFaultChooser>;
  /** What has come and gone, beside what is held: a script's ways need it. */
  memory: {
    /** By library and `Idempotency-Key`. */
    keyed: Map<string, { id: string; form: string }>;
    deleted: Set<string>;
    storedAtMs: Map<string, number>;
  };
  /** Undefined lets every upload through. */
  rateLimit: RateLimit | undefined;
  /** Aborted when the sandbox closes: ends delays and stalls. */
  closing: AbortSignal;
}

/** What a sandbox starts with. Throws `UserError` for options that cannot be, or a store that cannot be used. */
export function createState(options: SandboxOptions, closing: AbortSignal): SandboxState {
  const { storeDir } = options;
  const libraries = listLibraries(options.library);
  const script = checkFaultScript(options.script ?? { version: 1 });
  return {
    token: options.token ?? randomAlphanumerics(40),
    libraries,
    store: storeDir === undefined ? createMemoryStore() : openFolderStore(storeDir),
    log: createRequestLog(),
    script,
    faults: createFaultChooser(script),
    memory: { keyed: new Map(), deleted: new Set(), storedAtMs: new Map() },
    rateLimit: script.rateLimit && createRateLimit(script.rateLimit),
    closing,
  };
}

/** What the sandbox did with one request; `GET /sandbox/requests` lists these. */
export interface RequestEntry {
  /** 1-based, over all API requests since the start. */
  number: number;
  /** 1-based, over uploads alone: the number a fault script names; null for another request. */
  upload: number | null;
  /** ISO 8601, when its headers had come. */
  at: string;
  method: string;
  /** Without the query, and cut where it is very long. */
  path: string;
  parts: PartNote[];
  /** Its `Idempotency-Key`, whether it means anything or not. */
  key?: string;
  /** Answered; null while none was, or where the connection was ended instead. */
  status: number | null;
  /** What the script played; null for none. */
  fault: Play | null;
  /** Of the graphic stored, also where the answer did not tell; null for none. */
  graphicId: string | null;
}

/** Past this many the oldest half is forgotten, so that a long run does not fill the memory. */
const MAX_ENTRIES = 20_000;
const MAX_PATH_CHARS = 200;

/** The record of the last requests. */
function createRequestLog() {
  let entries: RequestEntry[] = [];
  let requests = 0;
  let uploads = 0;
  return {
    /** Lists an entry from now on; it is filled in as the request goes. */
    open(method: string, path: string, isUpload: boolean): RequestEntry {
      if (entries.length >= MAX_ENTRIES) entries = entries.slice(MAX_ENTRIES / 2);
      const entry: RequestEntry = {
        number: ++requests,
        upload: isUpload ? ++uploads : null,
        at: new Date().toISOString(),
        method,
        path: path.slice(0, MAX_PATH_CHARS),
        parts: [],
        status: null,
        fault: null,
        graphicId: null,
      };
      entries.push(entry);
      return entry;
    },
    /** Oldest first, with a number above `after`. */
    list: (after: number) => entries.filter((entry) => entry.number > after),
  };
}

/** A library the sandbox's user may use. */
export interface Library {
  libraryId: string;
  libraryName: string;
}

const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

/**
 * The user's own library and one of a group; `chosen` takes the place of the one of its kind.
 * Throws `UserError` for an id no library can have (qualtrics-api: Answers).
 */
function listLibraries(chosen: string | undefined): Library[] {
  if (chosen !== undefined && !LIBRARY_ID.test(chosen)) {
    throw new UserError("BAD_LIBRARY_ID", `'${chosen}' is not a library id`, {
      hint: "give UR_ or GR_ followed by 11 to 15 letters and digits",
    });
  }
  const personal = chosen?.startsWith("UR_") ? chosen : "UR_Sandbox000001";
  const group = chosen?.startsWith("GR_") ? chosen : "GR_Sandbox000002";
  return [
    { libraryId: personal, libraryName: "Sandbox User" },
    { libraryId: group, libraryName: "Sandbox Group" },
  ];
}
