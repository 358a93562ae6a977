import { expect } from "vitest";
import type { Recorder, Settings } from "../../src/execute/effects.ts";
import type { ItemEvent } from "../../src/execute/events.ts";
import { type Execution, executeUploads } from "../../src/execute/execute-uploads.ts";
import type { Answer, AttemptOutcome } from "../../src/execute/outcome.ts";
import type { ManifestRow } from "../../src/manifest/manifest.ts";
import {
  type GivenEffects,
  landed,
  settings,
  smoothEffects,
  takingRecorder,
  uploads,
} from "./executor.ts";
import { grammarFaults } from "./item-grammar.ts";
import { VirtualClock } from "./virtual-clock.ts";

type Send = (request: ManifestRow, sent: number, clock: VirtualClock) => Promise<Answer> | Answer;

/** What is other than smooth. */
export interface Trial {
  rows?: number;
  send?: Send;
  effects?: (clock: VirtualClock) => GivenEffects;
  settings?: Partial<Settings>;
}

/** What came of a trial, and what it did. */
export interface Ended extends Execution {
  events: ItemEvent[];
  /** Names in the order they were sent, and when, in ms from the start. */
  sent: { name: string; atMs: number }[];
  tookMs: number;
}

/** What the ids begin with. */
export const ID = "IM_0000000000";

/** Answers each row with an id of its own. */
export function landing({ name }: ManifestRow): Answer {
  return landed(`${ID}${name}`);
}

/** Runs the executor in virtual time, by the grammar of its events. */
export async function run(trial: Trial): Promise<Ended> {
  const clock = new VirtualClock();
  const startMs = clock.nowMs;
  const rows = uploads(trial.rows ?? 3);
  const events: ItemEvent[] = [];
  const sent: Ended["sent"] = [];
  const effects = smoothEffects(clock, {
    send: async (request) => {
      sent.push({ name: request.name, atMs: clock.nowMs - startMs });
      const number = sent.length;
      await clock.sleep(200);
      return (trial.send ?? landing)(request, number, clock);
    },
    emit: (event) => events.push(event),
    ...trial.effects?.(clock),
  });
  const execution = await clock.run(executeUploads(rows, effects, settings(trial.settings)));
  expect(
    grammarFaults(
      events,
      rows.map(({ line }) => line),
    ),
  ).toEqual([]);
  return { ...execution, events, sent, tookMs: clock.nowMs - startMs };
}

/** Each row's status, in the order of the rows. */
export function statuses({ outcomes }: Execution): string {
  return outcomes.map(({ status }) => status).join(" ");
}

/** A recorder that keeps what it is told, and may be told to fail. */
export function keepingRecorder(fails: (what: string) => boolean = () => false) {
  const log: string[] = [];
  const kept: AttemptOutcome[] = [];
  const taking = takingRecorder();
  const write = (what: string) => {
    if (fails(what)) throw new Error("ENOSPC: no space left on device");
    log.push(what);
  };
  const recorder: Recorder = {
    intent: async (upload, attempt) => {
      write(`intent ${upload.row.name}.${attempt}`);
      return taking.intent(upload, attempt);
    },
    outcome: async (attemptId, outcome) => {
      write(`outcome ${attemptId} ${outcome.result}`);
      kept.push(outcome);
    },
    unsent: async (upload, message) => write(`unsent ${upload.row.name} ${message}`),
  };
  return { recorder, log, kept };
}
