import { type ItemEvent, runEventSchema } from "../../src/execute/events.ts";

const LETTERS = { "item.started": "S", "item.retrying": "R", "item.finished": "F" } as const;

/** What is wrong with a run's item events by the grammar of `runEventSchema`; empty when nothing is. */
export function grammarFaults(events: readonly ItemEvent[], lines: readonly number[]): string[] {
  const eventsOf = new Map<number, ItemEvent[]>(lines.map((line) => [line, []]));
  const faults = events.flatMap(shapeFaults);
  for (const event of events) {
    const ofRow = eventsOf.get(event.line);
    if (ofRow) ofRow.push(event);
    else faults.push(`line ${event.line} is no row`);
  }
  return [...faults, ...[...eventsOf.values()].flatMap(wordFaults)];
}

function shapeFaults(event: ItemEvent): string[] {
  const parsed = runEventSchema.safeParse(event);
  return parsed.success ? [] : [`${JSON.stringify(event)}: ${parsed.error.message}`];
}

function wordFaults(ofRow: readonly ItemEvent[]): string[] {
  const word = ofRow.map(({ event }) => LETTERS[event]).join("");
  const faults = /^(S(RS)*R?)?F$/.test(word) ? [] : [`line ${ofRow[0]?.line} spells "${word}"`];
  // Attempts count from 1, and a retry names the attempt that failed.
  let attempt = 0;
  for (const event of ofRow) {
    if (event.event === "item.started") attempt += 1;
    if (event.event !== "item.finished" && event.attempt !== attempt) {
      faults.push(`line ${event.line} calls attempt ${attempt} ${event.attempt}`);
    }
  }
  return faults;
}
