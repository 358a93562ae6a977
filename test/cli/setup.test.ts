import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostFromAddress } from "../../src/qualtrics/host.ts";
import { hasTerminals, startAtTerminal } from "../support/at-terminal.ts";
import { openListener } from "../support/listener.ts";
import { png } from "../support/pictures.ts";
import { BIN, start } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const KEPT = "user-config/setup.json";

function writeToken(place: Workplace, token = place.sandbox.token): void {
  place.write("token.txt", `${token}\n`);
  chmodSync(join(place.dir, "token.txt"), 0o600);
}

async function setUp(place: Workplace) {
  writeToken(place);
  const { url, library } = place.sandbox;
  const given = ["--host", url, "--token-file", "token.txt", "--library", library];
  return runCli(place.dir, ["setup", ...given]);
}

describe("an address is taken in any form people paste:", () => {
  it.each([
    ["fra1.qualtrics.com", "https://fra1.qualtrics.com"],
    ["https://fra1.qualtrics.com/", "https://fra1.qualtrics.com"],
    ["http://FRA1.Qualtrics.com/Q/MyProjectsSection?x=1#top", "https://fra1.qualtrics.com"],
    [
      "https://brand.fra1.qualtrics.com/jfe/form/SV_0123456789abcde?Q_CHL=qr",
      "https://brand.fra1.qualtrics.com",
    ],
    ["<https://brand.qualtrics.com/survey-builder/SV_1/edit>", "https://brand.qualtrics.com"],
    ["Datacenter ID: fra1", "https://fra1.qualtrics.com"],
    [" yul1 ", "https://yul1.qualtrics.com"],
    ["see https://iad1.qualtrics.com/API/v3/whoami, please", "https://iad1.qualtrics.com"],
    ["http://127.0.0.1:8080/sandbox", "http://127.0.0.1:8080"],
    ["localhost:8080", "http://localhost:8080"],
  ])("%s", (text, baseUrl) => {
    expect(hostFromAddress(text).baseUrl).toBe(baseUrl);
  });

  it.each([
    "",
    "https://",
    "what?",
    "https://user:pass@fra1.qualtrics.com",
    "ftp://a.example",
    "qualtrics dot com",
  ])("but not '%s'", (text) => {
    expect(() => hostFromAddress(text)).toThrow(/host|user name/);
  });
});

describe("what is kept", () => {
  it("is the user's alone, and all that later commands need", async () => {
    const place = await openWorkplace();
    const { code, stdout, stderr } = await setUp(place);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toContain(place.sandbox.token);
    expect(statSync(join(place.dir, KEPT)).mode & 0o777).toBe(0o600);
    expect(statSync(join(place.dir, "user-config")).mode & 0o777).toBe(0o700);
    place.write("a.png", png(1));
    place.write("m.csv", "path,folder\na.png,Summer\n");
    expect(await runCli(place.dir, ["apply", "m.csv", "--yes"])).toMatchObject({ code: 0 });
    expect(await place.held()).toHaveLength(1);
  });

  it("comes last: options, environment and .env go before it", async () => {
    const place = await openWorkplace();
    await setUp(place);
    const doctor = (env: Record<string, string> = {}) => runCli(place.dir, ["doctor"], env);
    expect((await doctor()).stdout).toMatch(
      /host.*named by qgfx setup[\s\S]*token.*named by qgfx setup/,
    );
    place.write(".env", `QUALTRICS_BASE_URL=${place.sandbox.url}\n`);
    expect((await doctor()).stdout).toMatch(
      /host.*named by \.env[\s\S]*token.*named by qgfx setup/,
    );
    const env = { QUALTRICS_LIBRARY_ID: "GR_Sandbox000002" };
    expect((await doctor(env)).stdout).toMatch(/GR_Sandbox000002.*named by the environment/);
  });

  it("is shown without the token, and forgotten", async () => {
    const place = await openWorkplace();
    await setUp(place);
    const shown = await runCli(place.dir, ["setup", "--show"]);
    expect(shown.stdout).toContain(place.sandbox.url);
    expect(shown.stdout).not.toContain(place.sandbox.token);
    const json = await runCli(place.dir, ["setup", "--show", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      hasToken: true,
      library: place.sandbox.library,
    });
    await runCli(place.dir, ["setup", "--forget"]);
    expect((await runCli(place.dir, ["setup", "--show"])).stdout).toContain("nothing is kept");
    expect((await runCli(place.dir, ["whoami"])).stderr).toContain("qgfx setup");
  });

  it("is not used where others can read it, and is closed by the next setup", async () => {
    const place = await openWorkplace();
    await setUp(place);
    chmodSync(join(place.dir, KEPT), 0o644);
    const open = await runCli(place.dir, ["whoami"]);
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining("chmod 600") });
    await setUp(place);
    expect(statSync(join(place.dir, KEPT)).mode & 0o777).toBe(0o600);
  });
});

describe("nothing is kept", () => {
  it("of a token that the service does not know", async () => {
    const place = await openWorkplace();
    writeToken(place, "some-other-token");
    const given = ["--host", place.sandbox.url, "--token-file", "token.txt"];
    const { code, stderr } = await runCli(place.dir, ["setup", ...given]);
    expect(code).toBe(8);
    expect(stderr).not.toContain("some-other-token");
    expect(() => readFileSync(join(place.dir, KEPT))).toThrow();
  });

  it("where the folder for settings cannot be made: it says so, and what else there is", async () => {
    const place = await openWorkplace();
    place.write("user-config", "a file in its place");
    const { code, stderr } = await setUp(place);
    expect(code).toBe(2);
    expect(stderr).toContain(`SETUP_NO_PLACE: '${join(place.dir, "user-config")}' cannot be made`);
    expect(stderr).toContain("nothing was kept\n    set QUALTRICS_BASE_URL");
  });

  it("in the working folder where HOME is empty", async () => {
    const place = await openWorkplace();
    writeToken(place);
    const { url, library } = place.sandbox;
    const given = ["--host", url, "--token-file", "token.txt", "--library", library];
    const env = { HOME: "", XDG_CONFIG_HOME: "" };
    const args = [BIN, "setup", ...given];
    const { code, stderr } = await start(process.execPath, args, { cwd: place.dir, env }).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining("SETUP_NO_PLACE")]);
    expect(readdirSync(place.dir)).toEqual(["token.txt"]);
  });

  it("where nobody can be asked", async () => {
    const place = await openWorkplace();
    const { code, stderr } = await runCli(place.dir, ["setup"]);
    expect(code).toBe(2);
    expect(stderr).toContain("SETUP_UNANSWERED");
  });
});

describe("a token in a command line is not repeated, and its way is told:", () => {
  const token = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcd";
  it.each([
    [["whoami", `--token=${token}`]],
    [["whoami", "--token", token]],
    [["apply", "m.csv", `--api-key=${token}`]],
    [["whoami", "--host", "localhost:9", "--token-file", token]],
    [["setup", "--host", "localhost:9", `--token-file=${token}`]],
  ])("%j", async (args) => {
    const place = await openWorkplace();
    const { code, stdout, stderr } = await runCli(place.dir, args);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(token);
    expect(stderr).toContain("QUALTRICS_API_KEY");
  });
});

describe.skipIf(!hasTerminals)("at a terminal", () => {
  it("asks for all three and shows no token", async () => {
    const place = await openWorkplace();
    const { token, url, library } = place.sandbox;
    const env = { XDG_CONFIG_HOME: join(place.dir, "conf") };
    const running = startAtTerminal([process.execPath, BIN, "setup"], { cwd: place.dir, env });
    await running.shows("address: ");
    running.answer(`${url}/jfe/form/SV_1`);
    await running.shows("(not shown): ");
    running.answer("mistyped-token");
    await running.shows("(not shown): ", 2);
    running.answer(token);
    await running.shows("library (number): ");
    running.answer("1");
    const { code, stdout } = await running.ended;
    expect(code, stdout).toBe(0);
    expect(stdout).not.toContain(token);
    expect(stdout).not.toContain("mistyped-token");
    const kept = JSON.parse(place.read("conf/qgfx/setup.json"));
    expect(kept).toEqual({ version: 1, host: url, token, library });
  });

  it("breaks no word of its questions where the terminal is narrow", async () => {
    const place = await openWorkplace();
    const env = { XDG_CONFIG_HOME: join(place.dir, "conf") };
    const command = ["sh", "-c", `stty cols 40 && exec "${process.execPath}" "${BIN}" setup`];
    const running = startAtTerminal(command, { cwd: place.dir, env });
    await running.shows("address: ");
    const lines = running.said.stdout.split("\n");
    expect(lines.filter((line) => line.trimEnd().length > 40)).toEqual([]);
    running.child.kill("SIGTERM");
  });

  it("asks before a token goes to a host that is not of Qualtrics", async () => {
    const place = await openWorkplace();
    const stranger = await openListener();
    const env = { XDG_CONFIG_HOME: join(place.dir, "conf") };
    const running = startAtTerminal([process.execPath, BIN, "setup"], { cwd: place.dir, env });
    await running.shows("address: ");
    running.answer("https://surveys.example.org/jfe/form/SV_1");
    await running.shows("[y/N] ");
    running.answer("n");
    await running.shows("address: ", 2);
    running.child.kill("SIGTERM");
    expect(stranger.heard).toEqual([]);
  });
});
