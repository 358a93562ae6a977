import type { Recorder, Settings } from "../../src/execute/effects.ts";
import type { UploadEffects } from "../../src/execute/execute-uploads.ts";
import type { Answer, Answered } from "../../src/execute/outcome.ts";
import type { ManifestRow } from "../../src/manifest/manifest.ts";
import { plannedRow, type SampleRow } from "./planned-row.ts";
import { seededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** An answer with nothing in it but what is given. */
export function answered(httpStatus: number, given: Partial<Answered> = {}): Answered {
  return {
    kind: "answered",
    httpStatus,
    graphicId: null,
    retryAfterMs: null,
    error: null,
    notice: null,
    warning: null,
    ...given,
  };
}

/** A 200 with this id. */
export function landed(graphicId: string, given: Partial<Answered> = {}): Answered {
  return answered(200, { graphicId, ...given });
}

/** Uploads of lines 2, 3 … whose names are their indexes. */
export function uploads(count: number): SampleRow[] {
  return Array.from({ length: count }, (_, index) =>
    plannedRow({
      line: index + 2,
      path: `pictures/${index}.png`,
      folder: "Logos",
      name: String(index),
      sha256: index.toString(16).padStart(64, "0"),
      bytes: 3,
    }),
  );
}

/** A recorder that takes everything at once. */
export function takingRecorder(): Recorder {
  let attempts = 0;
  return {
    intent: async () => ++attempts,
    outcome: async () => {},
    unsent: async () => {},
  };
}

/** What is other than smooth: how each row's request ends, and what is wrong with its image. */
export interface GivenEffects extends Partial<UploadEffects> {
  send?: (row: ManifestRow) => Promise<Answer>;
  problemOf?: (row: ManifestRow) => string | undefined;
}

/** Effects in virtual time that answer every request with a fresh id after `latencyMs`. */
export function smoothEffects(clock: VirtualClock, given: GivenEffects = {}): UploadEffects {
  let sent = 0;
  const land = async () => {
    sent += 1;
    const id = `IM_${String(sent).padStart(11, "0")}`;
    await clock.sleep(200);
    return landed(id);
  };
  const { send = land, problemOf, ...effects } = given;
  return {
    prepare: async ({ row }) => {
      const problem = problemOf?.(row);
      return problem === undefined ? { send: () => send(row) } : { problem };
    },
    recorder: takingRecorder(),
    emit: () => {},
    now: () => clock.nowMs,
    sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
    random: seededRandom(1),
    isKnownId: () => false,
    urlOf: (graphicId) => `https://library.example/${graphicId}`,
    ...effects,
  };
}

/** What `qgfx apply` uses where nothing else is said. */
export function settings(given: Partial<Settings> = {}): Settings {
  return {
    concurrency: 8,
    atFirst: 4,
    ratePerMinute: 2400,
    maxWaitMs: 15 * 60_000,
    maxAttempts: 8,
    stop: new AbortController().signal,
    ...given,
  };
}
