import { type ItemEvent, runEventSchema } from "../../src/execute/events.ts";

const LETTERS = { "item.started": "S", "item.retrying": "R", "item.finished": "F" } as const;

/** What is wrong with a run's item events by the grammar of `runEventSchema`; empty when nothing is. */
export function grammarFaults(events: readonly ItemEvent[], lines: readonly number[]): string[] {
  const wordOf = new Map<number, string>(lines.map((line) => [line, ""]));
  const faults: string[] = [];
  const attemptOf = new Map<number, number>();
  for (const event of events) {
    const parsed = runEventSchema.safeParse(event);
    if (!parsed.success) faults.push(`${JSON.stringify(event)}: ${parsed.error.message}`);
    const word = wordOf.get(event.line);
    if (word === undefined) faults.push(`line ${event.line} is no row`);
    wordOf.set(event.line, `${word ?? ""}${LETTERS[event.event]}`);
    if (event.event === "item.finished") continue;
    const expected = (attemptOf.get(event.line) ?? 0) + (event.event === "item.started" ? 1 : 0);
    if (event.attempt !== expected) faults.push(`line ${event.line}: attempt ${event.attempt}`);
    attemptOf.set(event.line, event.attempt);
  }
  for (const [line, word] of wordOf) {
    if (!/^(S(RS)*R?)?F$/.test(word)) faults.push(`line ${line} spells ${word}`);
  }
  return faults;
}
