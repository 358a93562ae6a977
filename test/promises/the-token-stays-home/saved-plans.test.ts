import { describe, expect, it } from "vitest";
import { openListener } from "../../support/listener.ts";
import { runCli } from "../../support/run-cli.ts";
import { edit, expectRefused, openPlanned, SHEET } from "../../support/saved-plan.ts";
import type { Workplace } from "../../support/workplace.ts";

/** The environment of a place that names another service, or none. */
function envOf(place: Workplace, baseUrl = ""): Record<string, string> {
  return { ...place.env, QUALTRICS_BASE_URL: baseUrl };
}

describe("a saved plan alone does not say where the token goes:", () => {
  it("not to another service than the environment names", async () => {
    const place = await openPlanned();
    const { url, heard } = await openListener();
    edit(place, { baseUrl: url });
    await expectRefused(place, [], "PLAN_OTHER_SERVICE", url, place.sandbox.url);
    expect(heard).toEqual([]);
  });

  it("not to another one than .env names", async () => {
    const place = await openPlanned();
    const { url, heard } = await openListener();
    edit(place, { baseUrl: url });
    place.write(".env", `QUALTRICS_BASE_URL=${place.sandbox.url}\n`);
    const { QUALTRICS_BASE_URL: _, ...env } = place.env;
    const { code, stderr } = await runCli(place.dir, ["apply", "m.plan", "--yes"], env);
    expect(code).toBe(2);
    expect(stderr).toContain("PLAN_OTHER_SERVICE");
    expect(heard).toEqual([]);
  });

  it("nor to whatever it names where the environment names none", async () => {
    const place = await openPlanned();
    edit(place, { baseUrl: "https://surveys.invalid" });
    const { code, stderr } = await runCli(place.dir, ["apply", "m.plan", "--yes"], envOf(place));
    expect(code).toBe(2);
    expect(stderr).toContain("PLAN_OTHER_SERVICE");
    expect(stderr).toContain("surveys.invalid");
    expect(stderr).toContain("QUALTRICS_BASE_URL");
  });

  it.each([
    ["https://fra1.qualtrics.com", "iad1.qualtrics.com"],
    ["https://fra1.qualtrics.com", ""],
    ["https://surveys.invalid", "surveys.invalid"],
  ])("but to %s where the environment names '%s'", async (baseUrl, named) => {
    const place = await openPlanned();
    edit(place, { baseUrl });
    // The manifest changed: the plan is looked at, and goes no further.
    place.write("m.csv", SHEET.replace("path", "path "));
    const env = envOf(place, named);
    const { stderr } = await runCli(place.dir, ["apply", "m.plan", "--yes"], env);
    expect(stderr).toContain("PLAN_STALE");
  });

  it("nor to loopback where the environment names none", async () => {
    const place = await openPlanned();
    const { code, stderr } = await runCli(place.dir, ["apply", "m.plan", "--yes"], envOf(place));
    expect(code).toBe(2);
    expect(stderr).toContain("PLAN_OTHER_SERVICE");
    expect(await place.held()).toEqual([]);
  });

  it("and to the built-in sandbox whatever the environment names", async () => {
    const place = await openPlanned();
    await place.qgfx("plan", "m.csv", "--sandbox", "--out", "m.plan");
    const env = envOf(place, "fra1.qualtrics.com");
    const { code } = await runCli(place.dir, ["apply", "m.plan", "--yes"], env);
    expect(code).toBe(0);
  });
});

it("keeps the token out of the plan", async () => {
  const place = await openPlanned();
  expect(place.read("m.plan")).not.toContain(place.sandbox.token);
});
