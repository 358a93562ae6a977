import {
  DEFAULT_MAX_BYTES,
  DEFAULT_RATE,
  type ApplyOptions as JobApplyOptions,
  MOST_CONCURRENCY,
} from "../jobs/options.ts";
import { nearest } from "../manifest/diagnostic.ts";
import { NAME_QUOTES } from "../manifest/manifest.ts";
import { URL_PATHS } from "../plan/service.ts";
import { MOST_SHARDS, parseShard } from "../plan/shard.ts";
import { EXPORT_FORMATS } from "../report/exported-row.ts";
import { UserError } from "../user-error.ts";
import type {
  AdoptOptions,
  ApplyOptions,
  ExportOptions,
  ManifestOptions,
  MergeOptions,
  PlanOptions,
  ResolveOptions,
} from "./options.ts";

type AllOptions = PlanOptions &
  ApplyOptions &
  ExportOptions &
  ResolveOptions &
  AdoptOptions &
  MergeOptions;
type OptionName = keyof AllOptions;

/** What an option may be: whether a value is that, and in words. */
interface Kind {
  fits: (value: unknown) => boolean;
  expected: string;
}

const TEXT: Kind = {
  fits: (value) => typeof value === "string" && value !== "",
  expected: "a text that is not empty",
};
const FLAG: Kind = { fits: (value) => typeof value === "boolean", expected: "true or false" };

function whole(min: number, max: number): Kind {
  const fits = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
  return { fits, expected: `a whole number from ${min} to ${max}` };
}

function oneOf(choices: readonly string[]): Kind {
  const fits = (value: unknown) => typeof value === "string" && choices.includes(value);
  return { fits, expected: `one of ${choices.join(", ")}` };
}

function isListOf(value: unknown, ...types: string[]): boolean {
  return Array.isArray(value) && value.every((one) => types.includes(typeof one));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const COMMON: Record<keyof ManifestOptions, Kind> = {
  folder: TEXT,
  sheet: TEXT,
  encoding: TEXT,
  root: TEXT,
  maxBytes: whole(1, 2 ** 30),
  cwd: TEXT,
  env: { fits: isRecord, expected: "an object of texts, as process.env" },
  host: TEXT,
  library: TEXT,
  sandbox: FLAG,
  token: TEXT,
  tokenFile: TEXT,
  ledger: TEXT,
  results: TEXT,
  concurrency: whole(1, MOST_CONCURRENCY),
  rate: whole(1, 10_000_000),
  unknown: oneOf(["hold", "retry"]),
  share: FLAG,
  nameQuotes: oneOf(NAME_QUOTES),
};

const OTHER: Record<Exclude<OptionName, keyof ManifestOptions>, Kind> = {
  shard: {
    fits: (value) => typeof value === "string" && parseShard(value) !== undefined,
    expected: `K/N, K from 1 to N and N at most ${MOST_SHARDS}`,
  },
  requireRecord: FLAG,
  out: TEXT,
  canary: whole(1, 1_000),
  sample: whole(0, 100),
  maxFailures: whole(1, 1_000_000),
  signal: { fits: (value) => value instanceof AbortSignal, expected: "an AbortSignal" },
  onEvent: { fits: (value) => typeof value === "function", expected: "a function" },
  format: oneOf(EXPORT_FORMATS),
  groupBy: TEXT,
  columns: TEXT,
  urlHost: TEXT,
  urlPath: oneOf(URL_PATHS),
  landed: {
    fits: (value) => isRecord(value) && isListOf(Object.values(value), "string"),
    expected: "an object of ids by line, name or folder/name",
  },
  absent: {
    fits: (value) => value === "all" || isListOf(value, "number", "string"),
    expected: "all, or a list of lines and names",
  },
  from: TEXT,
  force: FLAG,
  ledgers: { fits: (value) => isListOf(value, "string"), expected: "a list of files" },
  latest: FLAG,
  allowMissing: FLAG,
};

/** What each function takes besides. */
const OWN = {
  validate: [],
  plan: ["shard", "requireRecord", "out"],
  apply: ["shard", "requireRecord", "canary", "sample", "maxFailures", "signal", "onEvent"],
  results: ["shard"],
  exportIds: ["shard", "format", "out", "groupBy", "columns", "urlHost", "urlPath"],
  resolve: ["shard", "landed", "absent", "from"],
  adopt: ["from", "force"],
  verify: [],
  merge: ["ledgers", "latest", "allowMissing"],
} as const satisfies Record<string, readonly OptionName[]>;

/** Throws a `UserError` for a manifest that is not a path, and for an option that the function does not take so. */
export function checkArguments(name: keyof typeof OWN, manifest: unknown, options: unknown): void {
  if (!TEXT.fits(manifest)) {
    throw new UserError("ARGUMENT_INVALID", `${name} got ${show(manifest)} for the manifest`, {
      hint: "the first argument is the path of a CSV, Excel or YAML file",
    });
  }
  if (!isRecord(options)) {
    throw new UserError("ARGUMENT_INVALID", `${name} got ${show(options)} for its options`, {
      hint: "the second argument is an object",
    });
  }
  const taken: readonly string[] = [...Object.keys(COMMON), ...OWN[name]];
  if (name === "exportIds" && options.format === undefined) checkOption("format", undefined);
  for (const [option, value] of Object.entries(options)) {
    if (!taken.includes(option)) throw notTaken(name, option, taken);
    if (value !== undefined) checkOption(option as OptionName, value);
  }
}

function checkOption(option: OptionName, value: unknown): void {
  const { fits, expected } = { ...COMMON, ...OTHER }[option];
  if (fits(value)) return;
  // A token of the wrong type is not repeated.
  const shown = option === "token" ? `a ${typeof value}` : show(value);
  throw new UserError("OPTION_INVALID", `${option} is ${shown}, expected ${expected}`);
}

function notTaken(name: string, option: string, taken: readonly string[]): UserError {
  const near = nearest(option, taken);
  const hint = near === undefined ? `it takes ${taken.join(", ")}` : `the closest is '${near}'`;
  return new UserError("OPTION_UNKNOWN", `${name} has no option '${option}'`, { hint });
}

function show(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** Options, checked, as jobs take them. Nothing is asked. */
export function toJobOptions(
  options: PlanOptions & ApplyOptions,
): JobApplyOptions & { out?: string } {
  const { cwd: _cwd, env: _env, signal: _signal, onEvent: _onEvent, ...given } = options;
  const { token: _token, maxBytes, shard: part, ...rest } = given;
  const shard = part === undefined ? undefined : parseShard(part);
  const known = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    yes: true,
    concurrency: MOST_CONCURRENCY,
    rate: DEFAULT_RATE,
    maxSize: maxBytes ?? DEFAULT_MAX_BYTES,
    ...Object.fromEntries(known),
    ...(shard && { shard }),
  };
}

/** The options that the caller named, as the command line calls them. */
export function namedOptions(options: object): string[] {
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return named.map(([name]) => `--${name === "maxBytes" ? "max-size" : kebab(name)}`);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
