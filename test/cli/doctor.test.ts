import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { checkNode } from "../../src/jobs/account.ts";
import { type Check, diagnosisSchema } from "../../src/report/account.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

/** What doctor finds in that environment, by the name of the check. */
async function diagnose(place: Workplace, env: Record<string, string>, ...args: string[]) {
  const { code, stdout } = await runCli(place.dir, ["doctor", "--json", ...args], env);
  const { checks } = diagnosisSchema.parse(JSON.parse(stdout));
  const by = (name: Check["check"]) => checks.find(({ check }) => check === name);
  return { code, checks, by };
}

describe("qgfx doctor", () => {
  it("finds nothing wrong where all is well", async () => {
    const place = await openWorkplace();
    const { code, checks } = await diagnose(place, place.env);
    expect(checks.map(({ check, status }) => `${check} ${status}`)).toEqual(
      ["node", "host", "clock", "token", "library", "disk", "ledger"].map((name) => `${name} ok`),
    );
    expect(code).toBe(0);
  });

  it("says for a person what to do, below each thing that is wrong", async () => {
    const place = await openWorkplace();
    const { code, stdout } = await runCli(place.dir, ["doctor"]);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^failed {2}host {4}no data center set; nothing was sent\n {4}run `qgfx setup`, give --host/m,
    );
    expect(stdout).toMatch(/^skipped token/m);
  });

  it("tells a host that does not answer", async () => {
    const place = await openWorkplace();
    await place.sandbox.close();
    const { code, by } = await diagnose(place, place.env);
    expect(code).toBe(2);
    expect(by("host")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("cannot reach"),
    });
  });

  it("tells a token the service does not know, and no more of it", async () => {
    const place = await openWorkplace();
    const { code, checks, by } = await diagnose(place, {
      ...place.env,
      QUALTRICS_API_KEY: "not-the-token",
    });
    expect(code).toBe(2);
    expect(by("token")?.status).toBe("failed");
    expect(by("library")?.status).toBe("skipped");
    expect(JSON.stringify(checks)).not.toContain("not-the-token");
  });

  it("tells a library the token does not reach", async () => {
    const place = await openWorkplace();
    const { by } = await diagnose(place, place.env, "--library", "UR_AnotherLib0001");
    expect(by("library")).toMatchObject({ status: "failed" });
    expect(by("library")?.hint).toContain("qgfx libraries");
  });

  it.each([
    ["behind", 3600_000],
    ["ahead of", -3600_000],
  ])("warns of a clock that is an hour %s the service's", async (word, offMs) => {
    const date = new Date(Date.now() + offMs).toUTCString();
    const server = createServer((_, response) => void response.setHeader("date", date).end("{}"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const place = await openWorkplace();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { by } = await diagnose(place, { ...place.env, QUALTRICS_BASE_URL: url });
    expect(by("clock")?.status).toBe("warning");
    expect(by("clock")?.message).toMatch(new RegExp(`^3\\d{3} s ${word} `));
  });

  it("tells a ledger that is none", async () => {
    const place = await openWorkplace();
    mkdirSync(join(place.dir, ".qgfx"));
    writeFileSync(join(place.dir, ".qgfx/ledger.db"), "not a ledger");
    const { code, by } = await diagnose(place, place.env);
    expect(code).toBe(2);
    expect(by("ledger")?.status).toBe("failed");
  });

  it.skipIf(process.getuid?.() === 0)(
    "tells a folder nothing can be written to (skipped for root, who may write anywhere)",
    async () => {
      const place = await openWorkplace();
      chmodSync(place.dir, 0o555);
      onTestFinished(() => chmodSync(place.dir, 0o755));
      const { by } = await diagnose(place, place.env);
      expect(by("disk")?.status).toBe("failed");
    },
  );

  it("says that the manifest is not there, and which may be meant", async () => {
    const place = await openWorkplace();
    place.write("summer.csv", "path\n");
    const { code, stderr } = await place.qgfx("doctor", "sumer.csv");
    expect(code).toBe(2);
    expect(stderr).toMatch(/MANIFEST_NOT_FOUND: there is no file '.*sumer.csv'[\s\S]*summer.csv'/);
  });

  it("tells a folder that is not there", async () => {
    const place = await openWorkplace();
    const { by } = await diagnose(place, place.env, "nowhere/m.csv");
    expect(by("disk")).toMatchObject({ status: "failed" });
  });

  it.each([
    ["v18.20.1", "failed"],
    ["v20.18.9", "failed"],
    ["v20.19.0", "ok"],
    ["v26.0.0", "ok"],
  ])("holds Node %s for %s", (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });
});
