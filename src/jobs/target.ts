import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import type { Environment } from "./watcher.ts";

/** The library graphics go to. */
export interface Target {
  /** Null for the embedded sandbox, whose port is known once it runs. */
  baseUrl: string | null;
  /** The address's first part; see the contract, "A graphic's address". */
  service: string;
  /** For people: the host name, or `sandbox`. */
  host: string;
  library: string;
}

/** The embedded sandbox's personal library. */
export const SANDBOX_LIBRARY = "UR_Sandbox000001";

// qualtrics-api, Answers: user or group library.
const LIBRARY_ID = /^(UR|GR)_[a-zA-Z0-9]{11,15}$/;

type TargetOptions = Pick<JobOptions, "host" | "library" | "sandbox">;

/** The target from options, manifest and environment, in that order; a UserError says what is missing. */
export function resolveTarget(
  options: TargetOptions,
  manifestLibrary: string | undefined,
  env: Environment,
): Target {
  if (options.sandbox) return sandboxTarget(options);
  return {
    ...resolveHost(options, env),
    library: checkLibrary(options.library ?? manifestLibrary ?? env.QUALTRICS_LIBRARY_ID),
  };
}

function sandboxTarget(options: TargetOptions): Target {
  if (options.host) {
    throw new UserError("OPTION_CONFLICT", "--sandbox and --host name two services", {
      hint: "give one of them",
    });
  }
  const library = checkLibrary(options.library ?? SANDBOX_LIBRARY);
  return { baseUrl: null, service: "sandbox", host: "sandbox", library };
}

/** The service alone, for commands that need no library. */
export function resolveHost(
  options: Pick<JobOptions, "host">,
  env: Environment,
): Omit<Target, "library"> & { baseUrl: string } {
  const text = options.host ?? env.QUALTRICS_BASE_URL;
  if (!text) {
    throw new UserError("HOST_MISSING", "no service named", {
      hint: "give --host (for example fra1.qualtrics.com) or set QUALTRICS_BASE_URL; to rehearse without an account, plan and apply take --sandbox",
    });
  }
  const { baseUrl, service } = parseHost(text);
  return { baseUrl, service, host: new URL(baseUrl).host };
}

function checkLibrary(library: string | undefined): string {
  if (!library) {
    throw new UserError("LIBRARY_MISSING", "no library named", {
      hint: "give --library UR_… or GR_…, or set QUALTRICS_LIBRARY_ID; `qgfx libraries` lists yours",
    });
  }
  if (LIBRARY_ID.test(library)) return library;
  throw new UserError(
    "LIBRARY_INVALID",
    `'${library}' is not a library id: expected UR_ or GR_ and 11 to 15 letters or digits`,
    { hint: "run `qgfx libraries` to list the ids of your libraries" },
  );
}
