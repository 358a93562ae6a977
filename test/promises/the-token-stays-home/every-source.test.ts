import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mayReceiveToken } from "../../../src/jobs/token.ts";
import { parseHost } from "../../../src/qualtrics/host.ts";
import { type Listener, openListener } from "../../support/listener.ts";
import { png } from "../../support/pictures.ts";
import { runCli } from "../../support/run-cli.ts";
import { edit, openPlanned } from "../../support/saved-plan.ts";
import { openWorkplace, type Workplace } from "../../support/workplace.ts";

const SOURCES = ["option", "environment", ".env", "setup"] as const;
type Source = (typeof SOURCES)[number];

const TOKEN = "mine0123456789abcdefghijklmnopqrstuvwxyz";
const PAIRS = SOURCES.flatMap((token) => SOURCES.map((host) => ({ token, host })));

/** The rule, told once more: to a host of the token's own source, or one the user named. */
function isAllowed(token: Source, host: Source | "file"): boolean {
  return host === token || host === "option" || host === "environment";
}

/** Sets the token by one source and the host by another; gives what the command line and the environment hold. */
function setUp(place: Workplace, token: Source | undefined, host: Source | undefined, url: string) {
  const own = (source: Source) => ({
    ...(token === source && { QUALTRICS_API_KEY: TOKEN }),
    ...(host === source && { QUALTRICS_BASE_URL: url }),
  });
  const lines = Object.entries(own(".env")).map(([name, value]) => `${name}=${value}\n`);
  place.write(".env", lines.join(""));
  chmodSync(join(place.dir, ".env"), 0o600);
  const setup = {
    version: 1,
    host: host === "setup" ? url : "fra1.qualtrics.com",
    token: token === "setup" ? TOKEN : "another",
  };
  if (token === "setup" || host === "setup") place.writeSetup(setup);
  place.write("token.txt", TOKEN);
  chmodSync(join(place.dir, "token.txt"), 0o600);
  return {
    args: [
      ...(token === "option" ? ["--token-file", "token.txt"] : []),
      ...(host === "option" ? ["--host", url] : []),
    ],
    env: { QUALTRICS_LIBRARY_ID: "UR_0123456789abc", ...own("environment") },
  };
}

function writeManifest(place: Workplace): void {
  place.write("a.png", png(1));
  place.write("m.csv", "path,folder\na.png,Summer\n");
}

const tokensOf = ({ heard }: Listener) => heard.flatMap((headers) => headers["x-api-token"] ?? []);

describe.each(["whoami", "libraries", "doctor", "apply"])("%s:", (command) => {
  it.each(PAIRS)("a token by $token to a host by $host", async ({ token, host }) => {
    const place = await openWorkplace();
    const stranger = await openListener();
    writeManifest(place);
    const { args, env } = setUp(place, token, host, stranger.url);
    const about = command === "apply" ? ["m.csv", "--yes"] : [];
    const { code, stderr, stdout } = await runCli(place.dir, [command, ...about, ...args], env);
    if (isAllowed(token, host)) {
      expect(new Set(tokensOf(stranger)), stderr).toEqual(new Set([TOKEN]));
      return;
    }
    expect(tokensOf(stranger)).toEqual([]);
    expect(code).toBe(2);
    expect(stderr + stdout).toContain(new URL(stranger.url).host);
    expect(stderr + stdout).not.toContain(TOKEN);
  });
});

/** Commands that go by what was recorded: they must not carry the token where a file leads. */
const RECORDED = [
  ["plan", "m.csv"],
  ["apply", "m.csv", "--yes"],
  ["verify", "m.csv"],
  ["prune", "m.csv", "--yes"],
  ["undo", "m.csv", "--yes"],
  ["resolve", "m.csv"],
  ["results", "m.csv"],
];

describe.each(SOURCES)(
  "a token by %s, with Qualtrics as its host, stays away from a host",
  (token) => {
    it.each(RECORDED)("that the ledger and the results name: %s", async (...command) => {
      const place = await openWorkplace();
      const stranger = await openListener();
      writeManifest(place);
      const theirs = { QUALTRICS_API_KEY: "theirs", QUALTRICS_BASE_URL: stranger.url };
      const env = { ...theirs, QUALTRICS_LIBRARY_ID: "UR_0123456789abc" };
      await runCli(place.dir, ["apply", "m.csv", "--yes"], env);
      expect(tokensOf(stranger)).toEqual(["theirs"]);
      const mine = setUp(place, token, undefined, stranger.url);
      // Nothing of this may reach Qualtrics: where no host is named, there is none to go to.
      const host = token === "setup" ? ["--host", place.sandbox.url] : [];
      const known = command[0] === "results" || command[0] === "resolve" ? [] : mine.args;
      await runCli(place.dir, [...command, ...known, ...host], mine.env);
      expect(tokensOf(stranger)).toEqual(["theirs"]);
    });

    it("that a manifest names", async () => {
      const place = await openWorkplace();
      const stranger = await openListener();
      place.write("a.png", png(1));
      place.write("m.yaml", `version: 1\nhost: ${stranger.url}\ngraphics:\n  - path: a.png\n`);
      place.write("m.csv", `path,host,url\na.png,${stranger.url},${stranger.url}\n`);
      for (const manifest of ["m.yaml", "m.csv"]) {
        const { args, env } = setUp(place, token, undefined, stranger.url);
        const host = ["--host", place.sandbox.url];
        await runCli(place.dir, ["apply", manifest, "--yes", ...args, ...host], env);
      }
      expect(stranger.heard).toEqual([]);
    });

    it("that a saved plan names", async () => {
      const place = await openPlanned();
      const stranger = await openListener();
      edit(place, { baseUrl: stranger.url });
      const { args, env } = setUp(place, token, undefined, stranger.url);
      const { code, stderr } = await runCli(place.dir, ["apply", "m.plan", "--yes", ...args], env);
      expect(code).toBe(2);
      expect(stderr).toContain("PLAN_OTHER_SERVICE");
      expect(stranger.heard).toEqual([]);
    });

    it("but not from one that the token's own source, or the user, names for a saved plan", async () => {
      for (const host of SOURCES.filter((source) => source !== "option")) {
        const place = await openPlanned();
        const stranger = await openListener();
        edit(place, { baseUrl: stranger.url });
        const { args, env } = setUp(place, token, host, stranger.url);
        await runCli(place.dir, ["apply", "m.plan", "--yes", ...args], env);
        const expected = isAllowed(token, host) ? new Set([TOKEN]) : new Set();
        expect(new Set(tokensOf(stranger)), `${token} to ${host}`).toEqual(expected);
      }
    });
  },
);

it.each(SOURCES)(
  "a token by %s goes to Qualtrics, whoever names it, and to no look-alike",
  (token) => {
    const values = { token: TOKEN };
    const settings = {
      layers: token === "option" ? [] : [{ source: token, values }],
      envFile: ".env",
      isEnvShared: false,
      envProblems: {},
    };
    const options = token === "option" ? { tokenFile: "token.txt" } : {};
    const request = { options, settings, host: { cwd: "/" } };
    const may = (host: string) => mayReceiveToken(request, parseHost(host));
    expect(may("fra1.qualtrics.com")).toBe(true);
    expect(may("brand.eu.qualtrics.com")).toBe(true);
    for (const host of [
      "qualtrics.com.evil.example",
      "evilqualtrics.com",
      "qualtrics.co",
      "localhost:1",
    ]) {
      expect(may(host), host).toBe(false);
    }
  },
);
