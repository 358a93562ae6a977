import { describe, expect, it } from "vitest";
import { ProgressState } from "../../src/render/live-progress.ts";
import { textWidth } from "../../src/render/terminal-text.ts";
import {
  finished,
  retrying,
  runFinished,
  runStarted,
  START_MS,
  started,
} from "./progress-events.ts";

function watched(): ProgressState {
  const state = new ProgressState((_format, text) => text);
  state.add(runStarted(40));
  for (let line = 2; line <= 11; line += 1)
    state.add(started(line, 0, `桜の花🌷 ${"long ".repeat(9)}`));
  for (let line = 2; line <= 4; line += 1) state.add(finished(line, 1000 * line));
  state.add(finished(5, 5000, "failed"));
  state.add(retrying(6, 5000));
  return state;
}

describe("the live view", () => {
  it("tells no time left once the run is over, however many rows it left", () => {
    const state = watched();
    state.add(runFinished(8000));
    expect(state.lines(74, START_MS + 8000)[0]).toMatch(/^██░+ 4\/40 · 0\.5\/s · 1 failed$/);
  });

  it("shows bar, count, rate, time left, failures, what waits and what is in flight", () => {
    const [title, ...details] = watched().lines(74, START_MS + 8000);
    expect(title).toMatch(/^██░+ 4\/40 · 0\.5\/s · 72 s left · 1 failed$/);
    expect(details[0]).toBe("failed line 5, Früchte/row 5: HTTP 400: no");
    expect(details[1]).toBe("retrying Früchte/row 6 in 2 s: HTTP 429");
    expect(details.filter((line) => line.startsWith("↑ Früchte/桜の花🌷 long"))).toHaveLength(5);
  });

  it("has the same on two lines where it is narrow", () => {
    const [title, second] = watched().lines(34, START_MS + 8000);
    expect(title).toMatch(/^██░+ 4\/40$/);
    expect(second).toBe("0.5/s · 72 s left · 1 failed");
  });

  it.each([74, 34, 20, 6])("fits %i columns", (columns) => {
    for (const line of watched().lines(columns, START_MS + 8000)) {
      expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it("counts what does not fit", () => {
    const state = watched();
    for (let line = 12; line <= 20; line += 1) state.add(started(line, 8000));
    expect(state.lines(74, START_MS + 8000).at(-1)).toBe("  and 8 more");
  });

  it("forgets a pace that is over", () => {
    expect(watched().lines(74, START_MS + 60_000)[0]).not.toContain("/s");
  });

  it("keeps failures and notes in full for the end", () => {
    const state = watched();
    state.note("stopping");
    expect(state.kept()).toEqual(["failed line 5, Früchte/row 5: HTTP 400: no", "stopping"]);
  });
});
