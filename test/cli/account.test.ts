import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
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

  it("reads a .env with a byte order mark, as Windows editors write it", async () => {
    const place = await openWorkplace();
    place.write(".env", `\ufeffQUALTRICS_API_KEY=${place.sandbox.token}\n`);
    const run = await runCli(place.dir, ["whoami", "--host", place.sandbox.url]);
    expect(run).toMatchObject({ code: 0 });
  });

  it("reads a .env in UTF-16, as PowerShell writes it", async () => {
    const place = await openWorkplace();
    const text = Buffer.from(`\ufeffQUALTRICS_API_KEY=${place.sandbox.token}\r\n`, "utf16le");
    for (const bytes of [text, Buffer.from(text).swap16()]) {
      place.write(".env", bytes);
      const run = await runCli(place.dir, ["whoami", "--host", place.sandbox.url]);
      expect(run).toMatchObject({ code: 0 });
    }
    place.write(".env", text.subarray(2));
    const bare = await runCli(place.dir, ["whoami", "--host", place.sandbox.url]);
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining("UTF-16") });
    expect(bare.stderr).not.toContain(place.sandbox.token);
  });

  it("says what may be meant for .env and is not read, and where .env is looked for", async () => {
    const place = await openWorkplace();
    const host = ["--host", place.sandbox.url];
    const none = await runCli(place.dir, ["whoami", ...host]);
    expect(none.stderr).toContain(join(place.dir, ".env"));
    place.write(".env.txt", `QUALTRICS_API_KEY=${place.sandbox.token}\n`);
    const twin = await runCli(place.dir, ["whoami", ...host]);
    expect(twin.stderr).toMatch(/\.env\.txt is not read; rename it to \.env/);
    place.write(".env", `# mine\nQUALTRICS_API_KEY: ${place.sandbox.token}\n`);
    const colon = await runCli(place.dir, ["whoami", ...host]);
    expect(colon.stderr).toContain("line 2 of .env does not say QUALTRICS_API_KEY=value");
    expect(colon.stderr).not.toContain(place.sandbox.token);
  });

  it.skipIf(process.platform === "win32")(
    "refuses a .env that all can change, warns of one that all can read",
    async () => {
      const place = await openWorkplace();
      const host = ["--host", place.sandbox.url];
      place.write(".env", `QUALTRICS_API_KEY=${place.sandbox.token}\n`);
      const run = async (mode: number) => {
        chmodSync(join(place.dir, ".env"), mode);
        return runCli(place.dir, ["whoami", ...host]);
      };
      const changeable = await run(0o666);
      expect(changeable).toMatchObject({ code: 2, stderr: expect.stringContaining("ENV_EXPOSED") });
      const readable = await run(0o644);
      expect(readable).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("others can read"),
      });
      expect(await run(0o600)).toMatchObject({ code: 0, stderr: "" });
    },
  );

  it.skipIf(process.platform === "win32")("waits for no pipe and reads no device", async () => {
    const place = await openWorkplace();
    spawnSync("mkfifo", [join(place.dir, ".env")]);
    const env = await runCli(place.dir, ["whoami", "--host", place.sandbox.url]);
    expect(env).toMatchObject({ code: 2, stderr: expect.stringContaining("ENV_UNREADABLE") });
    rmSync(join(place.dir, ".env"));
    for (const file of [".", "/dev/null"]) {
      const { code, stderr } = await place.qgfx("whoami", "--token-file", file);
      expect(code).toBe(2);
      expect(stderr).toContain("is not a file");
      expect(stderr).not.toContain("chmod");
    }
  });

  it("says that an answer nested without end is none", async () => {
    const levels = 200_000;
    const body = `{"result":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    const server = createServer((_request, response) => response.end(body));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const place = await openWorkplace();
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await place.qgfx("whoami", "--host", `http://127.0.0.1:${port}`);
    expect(code, stderr).not.toBe(1);
    expect(stderr).toContain("ANSWER_UNREADABLE");
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
