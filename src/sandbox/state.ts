import { type CheckedFaultScript, checkFaultScript, type FaultScript } from "./fault-script.ts";
import { createFaultChooser, type FaultChooser } from "./faults.ts";
import { openFolderStore } from "./folder-store.ts";
import { type Library, listLibraries } from "./libraries.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { createMemoryStore, randomAlphanumerics, type Store } from "./store.ts";

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
  log: RequestLog;
  script: CheckedFaultScript;
  faults: FaultChooser;
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
    rateLimit: script.rateLimit && createRateLimit(script.rateLimit),
    closing,
  };
}
