import { describe, expect, it } from "vitest";
import type { Recorder } from "../../../src/execute/effects.ts";
import type { ItemEvent } from "../../../src/execute/events.ts";
import { executeUploads } from "../../../src/execute/execute-uploads.ts";
import type { ManifestRow } from "../../../src/manifest/manifest.ts";
import { UserError } from "../../../src/user-error.ts";
import { settings, smoothEffects, takingRecorder, uploads } from "../../support/executor.ts";
import { ID, keepingRecorder, landing, run, statuses } from "../../support/trial.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("an upload", () => {
  it("writes the intent, sends, writes the outcome, and only then tells", async () => {
    const { recorder, log } = keepingRecorder();
    const clock = new VirtualClock();
    const effects = smoothEffects(clock, {
      recorder,
      send: async (request) => {
        log.push("answer");
        return landing(request);
      },
      emit: ({ event }) => log.push(event),
    });
    await clock.run(executeUploads(uploads(1), effects, settings()));
    expect(log).toEqual([
      "intent 0.1",
      "item.started",
      "answer",
      "outcome 1 uploaded",
      "item.finished",
    ]);
  });

  it("asks for the next row's intent with the outcome of an id that came back, and tells in order", async () => {
    const log: string[] = [];
    const clock = new VirtualClock();
    let before = Promise.resolve();
    const write = (what: string) => {
      log.push(`asked: ${what}`);
      before = before.then(async () => {
        await clock.sleep(50);
        log.push(`durable: ${what}`);
      });
      return before;
    };
    let attempts = 0;
    const recorder: Recorder = {
      intent: async (upload) => {
        await write(`intent ${upload.row.name}`);
        return ++attempts;
      },
      outcome: async (attemptId) => write(`outcome ${attemptId}`),
      unsent: async () => {},
    };
    const send = async (request: ManifestRow) => landing(request);
    const emit = (event: ItemEvent) => log.push(`${event.event} ${event.name}`);
    const effects = smoothEffects(clock, { recorder, send, emit });
    await clock.run(executeUploads(uploads(2), effects, settings({ concurrency: 1 })));
    expect(log).toEqual([
      "asked: intent 0",
      "durable: intent 0",
      "item.started 0",
      "asked: outcome 1",
      "asked: intent 1",
      "durable: outcome 1",
      "item.finished 0",
      "durable: intent 1",
      "item.started 1",
      "asked: outcome 2",
      "durable: outcome 2",
      "item.finished 1",
    ]);
  });
});

describe("a ledger that fails", () => {
  it("keeps every id received, recorded or not, and sends nothing more", async () => {
    const { recorder } = keepingRecorder((what) => what.startsWith("outcome 3"));
    const ended = await run({
      rows: 12,
      settings: { concurrency: 2 },
      effects: () => ({ recorder }),
    });
    expect(ended.stopped).toMatchObject({
      by: "ledger",
      message: "the ledger could not be written: ENOSPC: no space left on device",
    });
    expect(ended.unrecorded.map(({ name, recorded }) => `${name} ${recorded}`)).toEqual([
      "0 true",
      "1 true",
      "2 false",
      "3 true",
    ]);
    expect(ended.unrecorded[2]).toMatchObject({ line: 4, graphicId: `${ID}2`, folder: "Logos" });
    expect(ended.outcomes[2]).toMatchObject({ status: "uploaded", graphicId: `${ID}2` });
    const told = ended.events.find(({ event, name }) => event === "item.finished" && name === "2");
    expect(told).toMatchObject({ graphicId: `${ID}2`, error: expect.stringContaining("ENOSPC") });
    expect(ended.sent).toHaveLength(4);
  });

  it("sends nothing whose intent was not taken", async () => {
    const { recorder } = keepingRecorder((what) => what.startsWith("intent"));
    const ended = await run({ effects: () => ({ recorder }) });
    expect(ended.sent).toEqual([]);
    expect(statuses(ended)).toBe("not-run not-run not-run");
    expect(ended.unrecorded).toEqual([]);
  });

  it("is told in its own words, with its own remedy", async () => {
    const lost = new UserError("LEDGER_LOST", "the ledger x cannot be written", {
      hint: "free space",
    });
    const ended = await run({
      effects: () => ({
        recorder: { ...takingRecorder(), intent: () => Promise.reject(lost) },
      }),
    });
    expect(ended.stopped).toEqual({
      by: "ledger",
      message: "the ledger x cannot be written",
      hint: "free space",
    });
  });

  it("loses no id when it cannot even be asked for known ones", async () => {
    const ended = await run({
      effects: () => ({
        isKnownId: () => {
          throw new Error("database is malformed");
        },
      }),
    });
    expect(ended.stopped).toMatchObject({ by: "ledger" });
    expect(statuses(ended)).toBe("uploaded uploaded uploaded");
  });
});
