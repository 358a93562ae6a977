import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { png } from "./pictures.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

/** What the sandbox can do other than take an upload. */
export type Play = NonNullable<FaultScript["faults"]>[number]["play"];

/** Three images A, B and C in `m.csv`; the sandbox plays one fault on B, each time it comes up to `times`. */
export async function openWithFault(play: Play, times = 1): Promise<Workplace> {
  const place = await openWorkplace({
    script: { version: 1, faults: [{ name: "B", times, play }] },
  });
  const rows = ["A", "B", "C"].map((name, index) => {
    place.write(`${name}.png`, png(index));
    return `${name}.png,${name},F`;
  });
  place.write("m.csv", ["path,name,folder", ...rows, ""].join("\n"));
  return place;
}

/** What the results of `m.csv`, which has the columns path, name and folder, say of each row. */
export function statuses(place: Workplace): string[] {
  const lines = place.read("m.results.csv").trimEnd().split("\n").slice(1);
  return lines.map((line) => line.split(",")[3] ?? "");
}
