import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace } from "../support/workplace.ts";

describe("whoami", () => {
  it("says whose token it is and which library is theirs", async () => {
    const place = await openWorkplace();
    const { code, stdout } = await place.qgfx("whoami");
    expect(code).toBe(0);
    expect(stdout).toContain(place.sandbox.library);
    const json = await place.qgfx("whoami", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, userId: place.sandbox.library });
  });

  it("exits 8 for a token the service does not know, with its code and request id, without the token", async () => {
    const place = await openWorkplace();
    const env = { ...place.env, QUALTRICS_API_KEY: "some-other-token" };
    const { code, stdout, stderr } = await runCli(place.dir, ["whoami"], env);
    expect(code).toBe(8);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/DCD_7.*Unrecognized X-API-TOKEN.*[0-9a-f]{8}-/);
    expect(stderr).not.toContain("some-other-token");
  });

  it("reads the token from .env and from a file that is the user's alone", async () => {
    const place = await openWorkplace();
    const host = ["--host", place.sandbox.url];
    place.write(".env", `QUALTRICS_API_KEY=${place.sandbox.token}\n`);
    expect(await runCli(place.dir, ["whoami", ...host])).toMatchObject({ code: 0 });
    place.write(".env", "");
    place.write("token", `${place.sandbox.token}\n`);
    chmodSync(join(place.dir, "token"), 0o600);
    const args = ["whoami", ...host, "--token-file", "token"];
    expect(await runCli(place.dir, args)).toMatchObject({ code: 0 });
    chmodSync(join(place.dir, "token"), 0o644);
    const exposed = await runCli(place.dir, args);
    expect(exposed.code).toBe(2);
    expect(exposed.stderr).toContain("chmod 600");
    expect(exposed.stderr).not.toContain(place.sandbox.token);
  });
});

describe("libraries", () => {
  it("lists every page, ids first", async () => {
    const place = await openWorkplace();
    const { code, stdout } = await place.qgfx("libraries");
    expect(code).toBe(0);
    const ids = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(ids).toEqual([place.sandbox.library, "GR_Sandbox000002"]);
  });
});
