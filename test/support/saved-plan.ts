import { expect } from "vitest";
import type { SavedPlan } from "../../src/plan/plan-document.ts";
import { png } from "./pictures.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

export const SHEET = "path,name,folder\na.png,A,Summer\nb.png,B,Summer\n";

/** Two pictures and a plan of them, saved. */
export async function openPlanned(): Promise<Workplace> {
  const place = await openWorkplace();
  place.write("a.png", png(1));
  place.write("b.png", png(2));
  place.write("m.csv", SHEET);
  const { code, stderr } = await place.qgfx("plan", "m.csv", "--out", "m.plan");
  expect(code).toBe(0);
  expect(stderr).toContain("saved to m.plan");
  return place;
}

/** The plan as a stranger would send it back. */
export function edit(place: Workplace, changes: Partial<SavedPlan>): void {
  const document = JSON.parse(place.read("m.plan"));
  place.write("m.plan", JSON.stringify({ ...document, saved: { ...document.saved, ...changes } }));
}

/** Applies the plan as it is now, which must be refused with this and nothing sent. */
export async function expectRefused(
  place: Workplace,
  args: string[],
  ...said: string[]
): Promise<void> {
  const { code, stderr } = await place.qgfx("apply", "m.plan", "--yes", ...args);
  for (const text of said) expect(stderr).toContain(text);
  expect(code).toBe(2);
  expect(await place.held()).toEqual([]);
}
