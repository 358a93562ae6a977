import type { FaultChooser } from "./choose-fault.ts";
import type { Library } from "./libraries.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { RequestLog } from "./request-log.ts";
import type { CheckedFaultScript } from "./script.ts";
import type { Store } from "./store.ts";

/** All that a running sandbox holds; every handler is given it. */
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
