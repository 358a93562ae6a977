import { createHmac, randomUUID } from "node:crypto";
import type { Keys } from "../execute/effects.ts";
import { DEFAULT_NAME_QUOTES, hasQuotes } from "../manifest/manifest.ts";
import type { PlannedRow, Wanted } from "../plan/planned-row.ts";
import type { UnknownUpload } from "../plan/recorded.ts";
import type { Target } from "../plan/service.ts";
import { parseHost } from "../qualtrics/host.ts";
import { UserError } from "../user-error.ts";
import type { JobOptions } from "./options.ts";
import { readToken, type TokenRequest } from "./token.ts";

/** What the `Idempotency-Key` of each upload of a job is made of. */
export interface KeySource {
  token: string;
  baseUrl: string;
  library: string;
  options: Pick<JobOptions, "nameQuotes">;
}

type KeyedJob = TokenRequest & Pick<KeySource, "options"> & { target: Target };

/** For a library that the user has agreed to keys for; undefined where there is no token: then none is sent. */
export async function findKeySource(job: KeyedJob): Promise<KeySource | undefined> {
  const { target, options } = job;
  const { baseUrl, library } = target;
  if (baseUrl === null) return undefined;
  try {
    return { token: await readToken(job, parseHost(baseUrl)), baseUrl, library, options };
  } catch (error) {
    // Whoever sends something says what is wrong with the token.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const NONCE_CHARS = "00000000-0000-4000".length;

/**
 * A key is a UUID (version 4): services are known that take nothing else. Its first half is the run's own, at random, so
 * that no two runs have a key in common. The other half says what the upload is, and by whose token, for services keep
 * the keys of each user apart. Nobody without the token can make it.
 */
function keyFor(source: KeySource, { row, image }: Wanted, nonce: string): string {
  const { token, baseUrl, library, options } = source;
  const { folder, name } = row;
  const nameQuotes = hasQuotes(name) ? (options.nameQuotes ?? DEFAULT_NAME_QUOTES) : null;
  const what = [baseUrl, library, folder, name, nameQuotes, image.contentType, image.sha256];
  const digest = createHmac("sha256", token)
    .update(JSON.stringify([nonce, ...what]))
    .digest("hex");
  const variant = "89ab"[Number.parseInt(digest.slice(0, 1), 16) % 4];
  return `${nonce}-${variant}${digest.slice(1, 4)}-${digest.slice(4, 16)}`;
}

/** The key of each upload of one run: its own, or that of the upload it asks for again. */
export function keysOfRun(source: KeySource): (row: PlannedRow) => string {
  const nonce = randomUUID().slice(0, NONCE_CHARS);
  return (planned) => planned.repeats?.key ?? keyFor(source, planned, nonce);
}

/**
 * A key is sent for no longer than this, from when it was first sent. How long Qualtrics knows one is not documented; most services
 * say 24 hours, and the shortest time found for such a header in general use is 30 minutes (docs/decisions/0010-keys.md).
 */
const MAX_AGE_MINUTES = 20;
const MAX_AGE_MS = MAX_AGE_MINUTES * 60_000;

/** Said of a run that left something unknown; undefined where running it again asks for none of it. */
export function repeatHint({
  keys,
  options,
}: {
  keys: KeySource | undefined;
  options: Pick<JobOptions, "unknown">;
}): string | undefined {
  if (!keys || !isRepeating(options)) return undefined;
  return `or upload again within ${MAX_AGE_MINUTES} minutes: what was sent with a key is asked for again, which makes no duplicate`;
}

/** Whether uploads without an answer are asked for again where that is safe: so where nothing else is said. */
export function isRepeating({ unknown = "repeat" }: Pick<JobOptions, "unknown">): boolean {
  return unknown === "repeat";
}

/** For the executor. */
export const REPEATING: Keys<PlannedRow> = {
  lostAtMs: ({ repeats }) => repeats && Date.parse(repeats.since),
  maxAgeMs: MAX_AGE_MS,
};

/**
 * Whether an upload that got no answer is asked for again: only as exactly what was sent, to the same place, by the same
 * token, and soon. All but the time is in the key itself.
 */
export function repeatJudge(
  source: KeySource,
  nowMs: number,
): (unknown: UnknownUpload, want: Wanted) => boolean {
  return ({ keyed }, want) => {
    if (!keyed) return false;
    const ageMs = nowMs - Date.parse(keyed.since);
    // A clock that was set back tells nothing.
    if (!(ageMs >= 0 && ageMs <= MAX_AGE_MS)) return false;
    return keyFor(source, want, keyed.key.slice(0, NONCE_CHARS)) === keyed.key;
  };
}
