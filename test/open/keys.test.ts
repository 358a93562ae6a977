import { expect, it } from "vitest";
import {
  B_STALLS,
  keepKeys,
  killWaiting,
  openHonoring,
  uploadsSeen,
} from "../support/keyed-place.ts";
import { openPage } from "../support/open-page.ts";
import { preview } from "../support/open-sheet.ts";
import { runCli } from "../support/run-cli.ts";

/** D was lost without a key, B (and what else was under way) with one. */
async function openWithBoth() {
  const place = await openHonoring([
    { name: "D", times: 1, play: { kind: "reset", at: "after-store" } },
    ...B_STALLS,
  ]);
  const whole = place.read("m.csv");
  place.write("m.csv", "path,name,folder\nA.png,D,F\n");
  expect((await runCli(place.dir, ["apply", "m.csv", "--yes"], place.env)).code).toBe(5);
  place.write("m.csv", `${whole}A.png,D,F\n`);
  keepKeys(place);
  await killWaiting(place, 4);
  return place;
}

it.each([
  ["hold", 5, 4],
  ["retry", 0, 5],
] as const)(
  "a page shows and asks again for what has a key, and %ss what has none",
  async (unknown, exitCode, held) => {
    const place = await openWithBoth();
    const { page } = await openPage(place.dir);
    const { events, wanted } = await preview(page, place.sandbox);
    const { plan } = (await page.get("plan")).json;
    const b = plan.actions.find(({ name }: { name: string }) => name === "B");
    expect(b).toMatchObject({ action: "create", reason: "will-repeat" });
    const d = plan.actions.find(({ name }: { name: string }) => name === "D");
    expect(d).toMatchObject({ action: "unknown", reason: "held" });
    const asked = { ...wanted, unknown };
    if (unknown === "retry") {
      asked.uploads += 1;
      asked.bytes += d.bytes;
    }
    expect((await page.post("run", asked)).status).toBe(202);
    expect(await events.next("run", ({ phase }) => phase === "ended")).toMatchObject({ exitCode });
    expect(await place.held()).toHaveLength(held);
    const keys = (await uploadsSeen(place)).map(({ key }) => key);
    // B has one key; D had none, and its second upload has one.
    expect(new Set(keys).size).toBe(unknown === "retry" ? 5 : 4);
  },
  60_000,
);
