import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Finding, type ProbeDocument, probeSchema } from "../../src/report/account.ts";
import type { FaultScript } from "../../src/sandbox/fault-script.ts";
import { hasTerminals, startAtTerminal } from "../support/at-terminal.ts";
import { BIN, start } from "../support/program.ts";
import { runCli } from "../support/run-cli.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const REPORT = "qgfx-probe.md";

/** A sandbox that answers where nobody knows. */
function openWith(script: Partial<FaultScript> = {}): Promise<Workplace> {
  return openWorkplace({ script: { version: 1, ...script } });
}

async function probed(place: Workplace, ...options: string[]) {
  const run = await place.qgfx("doctor", "--probe", "--yes", "--json", ...options);
  const document = probeSchema.parse(JSON.parse(run.stdout));
  return { ...run, document, of: (line: string) => factsOf(document, line) };
}

function factsOf({ lines }: ProbeDocument, line: string): Finding["facts"] {
  const found = lines.find((one) => one.line === line);
  if (!found) throw new Error(`no line ${line}`);
  return found.facts;
}

/** What the sandbox was asked, the account itself aside. */
async function asked({ sandbox }: Workplace): Promise<string[]> {
  const answer = await fetch(`${sandbox.url}/sandbox/requests`);
  const requests = (await answer.json()) as { method: string; path: string }[];
  return requests.filter(({ path }) => path.includes("/graphics")).map(({ method }) => method);
}

/** The same service, but that it may refuse deletions. */
async function openInFront({ sandbox }: Workplace): Promise<{ url: string; refuses: boolean }> {
  const front = { url: "", refuses: true };
  const server = createServer((incoming, outgoing) => {
    if (front.refuses && incoming.method === "DELETE") {
      incoming.resume().on("end", () => outgoing.writeHead(400).end("{}"));
      return;
    }
    const { method, url: path = "/", headers } = incoming;
    const onward = request(`${sandbox.url}${path}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  front.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return front;
}

// Each is some thirty requests and as many durable writes.
describe("qgfx doctor --probe", { timeout: 120_000 }, () => {
  it("sends nothing where nobody can be asked", async () => {
    const place = await openWith();
    const { code, stderr } = await place.qgfx("doctor", "--probe");
    expect(code).toBe(4);
    expect(stderr).toContain("confirmation needed to probe the service: one image of one pixel");
    expect(await asked(place)).toEqual([]);
    expect(existsSync(join(place.dir, REPORT))).toBe(false);
  });

  it("tells how the service answers, and deletes all that it made", async () => {
    const place = await openWith();
    const { code, document, of } = await probed(place);
    expect(code).toBe(0);
    expect(await place.held()).toEqual([]);
    expect(document).toMatchObject({ left: [], unknown: [], settings: [], report: REPORT });
    expect(of("When and how an image can be seen")).toMatchObject({
      hasId: true,
      ControlPanelStatus: 200,
      ControlPanelSame: true,
      CPStatus: 200,
      CPSame: true,
    });
    expect(of("The same name twice")).toMatchObject({ isSameId: false, warning: null });
    expect(of("Idempotency-Key")).toMatchObject({ isSameId: false });
    expect(of("No file part")).toMatchObject({
      httpStatus: 400,
      errorCode: "ASSUMED_MISSING_FILE",
    });
    expect(of("A library that is not there")).toMatchObject({ httpStatus: 404 });
    expect(of("An id that is not there")).toMatchObject({ httpStatus: 404 });
    expect(of("A list of graphics")).toMatchObject({ httpStatus: 405, lists: false });
    expect(of("WebP images")).toMatchObject({ httpStatus: 400, hasId: false });
    expect(of("SVG images")).toMatchObject({ httpStatus: 400, hasId: false });
    expect(of("fileUrl")).toMatchObject({ httpStatus: 400, errorCode: "ASSUMED_REMOTE_UPLOAD" });
    expect(of("Deletion twice")).toMatchObject({ httpStatus: 404, cpStatus: 404 });
    const skipped = document.lines.filter(({ status }) => status === "skipped");
    expect(skipped.map(({ line }) => line)).toEqual(["6 MB"]);
  });

  it("tells how a service answers that does all of it otherwise, and what follows", async () => {
    const place = await openWith({
      nameQuotes: "backslash",
      sameName: "warn",
      idempotencyKey: "honor",
      graphicsList: true,
      moreTypes: ["image/webp", "image/svg+xml"],
      maxBytes: 8 * 1024 * 1024,
      deletedAgain: "done",
      visibleAfterMs: 200,
    });
    const { code, document, of } = await probed(place, "--large");
    expect(code).toBe(0);
    expect(await place.held()).toEqual([]);
    const { ControlPanelAfterMs } = of("When and how an image can be seen");
    expect(ControlPanelAfterMs).toBeGreaterThan(0);
    expect(of("The same name twice")).toMatchObject({
      isSameId: false,
      warningCode: "ASSUMED_NAME",
    });
    expect(of("Idempotency-Key")).toMatchObject({ isSameId: true });
    expect(of("A list of graphics")).toMatchObject({ httpStatus: 200, lists: true });
    expect(of("WebP images")).toMatchObject({ hasId: true });
    expect(of("SVG images")).toMatchObject({ hasId: true });
    expect(of("6 MB")).toMatchObject({ hasId: true });
    expect(of("Deletion twice")).toMatchObject({ httpStatus: 200, cpStatus: 404 });
    expect(of("Quotes and backslashes by percent")).toMatchObject({
      name: 'percent quote " and \\ backslash.png',
      shownAs: "percent quote %22 and \\ backslash.png",
    });
    expect(document.settings.map(({ option }) => option)).toEqual([
      "--name-quotes backslash",
      "--max-size 6",
    ]);
  });

  it("writes a report that can be shared", async () => {
    const place = await openWith();
    const { code, stdout } = await place.qgfx("doctor", "--probe", "--yes", "--out", "shared.md");
    expect(code).toBe(0);
    expect(stdout).toMatch(/lines tried; report in shared\.md/);
    const report = place.read("shared.md");
    expect(report).toContain("# How a Qualtrics account answers");
    expect(report).toContain("## Idempotency-Key");
    const { token, library, url } = place.sandbox;
    for (const secret of [token, library, new URL(url).host, "sandbox@example.com"]) {
      expect(report).not.toContain(secret);
    }
    expect(report).not.toMatch(/\b(IM|UR|GR)_[a-zA-Z0-9]{11,15}\b/);
    expect(report).not.toMatch(/^(?!Made by).*\bsandbox\b/im);
  });

  it("lists what could not be deleted, and deletes it the next time", async () => {
    const place = await openWith();
    const front = await openInFront(place);
    const env = { ...place.env, QUALTRICS_BASE_URL: front.url };
    const args = ["doctor", "--probe", "--yes", "--json"];
    const first = await runCli(place.dir, args, env);
    expect(first.code).toBe(3);
    const held = (await place.held()).map(({ id }) => id);
    expect(held.length).toBeGreaterThan(10);
    const { left } = probeSchema.parse(JSON.parse(first.stdout));
    expect(left.map(({ graphicId }) => graphicId).sort()).toEqual(held.sort());
    for (const id of held) expect(first.stderr).toContain(id);
    expect(place.read(REPORT)).not.toMatch(/IM_[a-zA-Z0-9]{11}/);
    front.refuses = false;
    const again = await runCli(place.dir, args, env);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain("that an earlier probe left are deleted, too");
    expect(await place.held()).toEqual([]);
  });

  it("says where an upload got no answer", async () => {
    const play = { kind: "reset" as const, at: "after-store" as const };
    const place = await openWith({ faults: [{ name: "keyed.png", times: 1, play }] });
    const { code, document, stderr } = await probed(place);
    expect(code).toBe(5);
    expect(document.unknown).toEqual(["keyed.png"]);
    expect(stderr).toContain("'keyed.png' may be in the folder 'qgfx probe'");
    expect((await place.held()).map(({ name }) => name)).toEqual(["keyed.png"]);
  });

  it("stops at the first line where a token may not upload", async () => {
    const play = { kind: "answer" as const, status: 403, code: "AuthZ_2.0" };
    const place = await openWith({ faults: [{ probability: 1, play }] });
    const { code, document } = await probed(place);
    expect(code).toBe(8);
    expect(document.lines.filter(({ status }) => status !== "skipped")).toHaveLength(1);
    expect(await asked(place)).toEqual(["POST"]);
  });

  it("cleans up after Ctrl-C", async () => {
    const place = await openWith({ latencyMs: 100 });
    const { child, ended } = start(process.execPath, [BIN, "doctor", "--probe", "--yes"], {
      cwd: place.dir,
      env: place.env,
    });
    await expect.poll(async () => (await place.held()).length, { interval: 20 }).toBeGreaterThan(2);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130 });
    expect(await place.held()).toEqual([]);
    expect(place.read(REPORT)).toContain("Not tried.");
  });

  it("replaces its own report alone", async () => {
    const place = await openWith();
    place.write("summer.csv", "path\n");
    const { code, stderr } = await place.qgfx("doctor", "--probe", "--yes", "--out", "summer.csv");
    expect(code).toBe(2);
    expect(stderr).toContain("summer.csv is there, and not the report of a probe");
    expect(place.read("summer.csv")).toBe("path\n");
    expect(await asked(place)).toEqual([]);
  });

  it("takes its options with --probe alone, and no manifest", async () => {
    const place = await openWith();
    expect((await place.qgfx("doctor", "--large")).stderr).toContain("--large is for --probe");
    const { code, stderr } = await place.qgfx("doctor", "m.csv", "--probe");
    expect(code).toBe(2);
    expect(stderr).toContain("--probe takes no manifest");
    expect(await asked(place)).toEqual([]);
  });

  it.skipIf(!hasTerminals)("asks before each line, and for the account's list", async () => {
    const place = await openWith();
    const running = startAtTerminal([process.execPath, BIN, "doctor", "--probe"], {
      cwd: place.dir,
      env: place.env,
    });
    const agreed = [2, 3, 8];
    for (let line = 1; line <= 20; line += 1) {
      await running.shows("[y/N] ", line);
      running.answer(agreed.includes(line) ? "y" : "n");
    }
    await running.shows("file with the list: ");
    const held = await place.held();
    expect(held.map(({ name }) => name)).toEqual([
      'percent quote " and \\ backslash.png',
      'backslash quote \\" and \\\\ backslash.png',
      "folder a slash.png",
    ]);
    const list = held.map(({ name, id }) => `${name}\t${id}\n`).join("");
    writeFileSync(join(place.dir, "list.txt"), list);
    running.answer("list.txt");
    await running.shows('a folder "qgfx probe/a"');
    running.answer("n");
    expect((await running.ended).code).toBe(0);
    expect(await place.held()).toEqual([]);
    const report = readFileSync(join(place.dir, REPORT), "utf8");
    expect(report).toContain("the library shows the name as meant");
    expect(report).toContain("no folder of that name");
  });
});
