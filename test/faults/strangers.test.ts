import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { Database } from "../../src/ledger/database.ts";
import { type Listener, openListener } from "../support/listener.ts";
import { png } from "../support/pictures.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";
import { isShort, tell } from "./support/programme.ts";

/** What a stranger writes where an id, an address of a graphic or a text is expected. */
const IDS = [
  "IM_\u001b[31mred\u001b[0m00",
  "IM_0123456789\u202eabc",
  "IM_<img src=x onerror=alert(1)>",
  'IM_"onload="alert(1)',
  "IM_../../../etc/passwd",
  "IM_0123456789abcde?x=1&IM=IM_2",
  "javascript:alert(1)",
  "=HYPERLINK(1)",
  "\nIM_0123456789abcde",
];
const urlsOf = (stranger: string) => [
  "javascript:alert(document.cookie)//IM_0123456789abcde",
  `${stranger}/CP/Graphic.php?IM=IM_0123456789abcde`,
  "file:///etc/passwd?IM=IM_0123456789abcde",
  "data:text/html,<script>alert(1)</script>",
  "https://evil.example/CP/Graphic.php?IM=IM_0123456789abcde",
  "http://\u001b[2J\u202e.example/",
];
const TEXTS = [
  "\u001b[2J\u001b]0;owned\u0007",
  "safe\u202egnp.exe",
  "\u2066\u2069x",
  "<script>alert(1)</script>",
  "\n=1+1",
  " \uff1dcmd|' /C calc'!A0",
  "::error::x",
  "##[error]x",
  "\r\u009b2J",
];

/** Nothing that a terminal, a browser or a spreadsheet obeys. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const OUTPUTS = /\.(html|results\.csv|retry\.csv|out)$/;

const counts = { inputs: 0, commands: 0, files: 0, hits: 0 };
afterAll(() => tell("strangers", counts));

/** In CI one of each kind. */
function some<T>(all: readonly T[]): readonly T[] {
  return isShort ? all.slice(0, 1) : all;
}

function look(text: string, where: string): void {
  const found =
    OBEYED.exec(text.replaceAll("\r\n", "\n")) ?? /href="javascript:|src="javascript:/.exec(text);
  const isCommand = /^(::error|##\[)/m.exec(text);
  for (const hit of [found, isCommand]) {
    if (!hit) continue;
    counts.hits += 1;
    expect(JSON.stringify(text.slice(Math.max(0, hit.index - 60), hit.index + 20)), where).toBe("");
  }
}

/** `own`: files that are the stranger's own. */
async function runAll(place: Workplace, commands: readonly string[], own: readonly string[] = []) {
  for (const command of commands) {
    const { code, stdout, stderr } = await place.qgfx(...command.split(" "));
    counts.commands += 1;
    expect(code, `${command}: ${stderr}`).not.toBe(1);
    look(stdout, `stdout of ${command}`);
    look(stderr, `stderr of ${command}`);
    for (const name of readdirSync(place.dir)) {
      if (own.includes(name) || !OUTPUTS.test(name)) continue;
      counts.files += 1;
      look(readFileSync(join(place.dir, name), "utf8"), `${name} after ${command}`);
    }
  }
}

const COMMANDS = [
  "plan m.csv",
  "plan m.csv --json",
  "plan m.csv --html plan.html",
  "verify m.csv",
  "results m.csv --format html --out html.out",
  "results m.csv --format question --out question.out",
  "results m.csv --format urls",
  "results m.csv --format json",
  "explain m.csv 2",
  "history m.csv",
  "resolve m.csv",
  "prune m.csv --replaced",
  "undo m.csv",
  "apply m.csv --yes --html apply.html --html-old",
  "apply m.csv --yes --json",
  "results m.csv",
];

async function openApplied(): Promise<{ place: Workplace; stranger: Listener }> {
  const place = await openWorkplace();
  const stranger = await openListener();
  for (const name of ["a", "b", "c"]) place.write(`${name}.png`, png(name.charCodeAt(0)));
  place.write("m.csv", "path,name,folder\na.png,A,F\nb.png,B,F\n");
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code, stderr).toBe(0);
  return { place, stranger };
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

it("a results file: ids, addresses and texts", async () => {
  const { place, stranger } = await openApplied();
  const { library, url } = place.sandbox;
  const good = {
    ...{ path: "b.png", name: "B", folder: "F", status: "uploaded" },
    ...{ graphicId: "IM_0123456789abcde", url: `${url}/CP/Graphic.php?IM=IM_0123456789abcde` },
    ...{ library, sha256: "0".repeat(64), uploadedAt: "2026-01-01T00:00:00.000Z", error: "" },
  };
  const inputs = [
    ...some(IDS).map((graphicId) => ({ graphicId })),
    ...some(urlsOf(stranger.url)).map((one) => ({ url: one })),
    ...some(TEXTS).flatMap((text) => [
      { error: text, status: "unknown" },
      { library: text },
      { uploadedAt: text },
      { sha256: text },
      { name: text },
      { status: text },
    ]),
  ];
  for (const input of inputs) {
    counts.inputs += 1;
    rmSync(join(place.dir, ".qgfx"), { recursive: true, force: true });
    const row = { ...good, ...input };
    const cells = Object.values(row).map(quoted).join(",");
    place.write("m.results.csv", `${Object.keys(row).join(",")}\n${cells}\n`);
    await runAll(place, isShort ? COMMANDS.slice(0, 4) : COMMANDS, ["m.results.csv"]);
  }
  expect(stranger.heard).toEqual([]);
});

it("a ledger: every text that is shown", async () => {
  const { place, stranger } = await openApplied();
  const ledger = join(place.dir, ".qgfx/ledger.db");
  const whole = readFileSync(ledger);
  const inputs = [
    ...some(IDS).map((value) => ["attempts", "graphic_id", value]),
    ...some(urlsOf(stranger.url)).map((value) => ["attempts", "url", value]),
    ...some(urlsOf(stranger.url)).map((value) => ["runs", "host", value]),
    ...some(TEXTS).flatMap((value) => [
      ["attempts", "name", value],
      ["attempts", "folder", value],
      ["attempts", "path", value],
      ["attempts", "message", value],
      ["attempts", "error_code", value],
      ["attempts", "request_id", value],
      ["attempts", "content_type", value],
      ["attempts", "sha256", value],
      ["attempts", "started_at", value],
      ["attempts", "finished_at", value],
      ["attempts", "action", value],
      ["attempts", "reason", value],
      ["attempts", "replaces", value],
      ["attempts", "manifest", value],
      ["runs", "finished_at", value],
      ["runs", "results", value],
      ["runs", "user", value],
      ["runs", "machine", value],
      ["runs", "started_at", value],
    ]),
  ] as const;
  for (const [table, column, value] of inputs) {
    counts.inputs += 1;
    for (const name of [".qgfx", "m.results.csv"]) {
      rmSync(join(place.dir, name), { recursive: true, force: true });
    }
    place.write(".qgfx/ledger.db", whole);
    const database = new Database(ledger, "rw");
    // Of two rows one: what was one address must not become one by mistake.
    const where = table === "attempts" ? "WHERE name = 'B'" : "";
    database.run(`UPDATE ${table} SET ${column} = ? ${where}`, [value ?? ""]);
    database.close();
    await runAll(place, isShort ? COMMANDS.slice(0, 4) : COMMANDS);
  }
  expect(stranger.heard).toEqual([]);
});

it("a saved plan: every text in it", async () => {
  const { place, stranger } = await openApplied();
  place.write("m.csv", "path,name,folder\na.png,A,F\nc.png,C,F\n");
  await place.qgfx("plan", "m.csv", "--out", "m.plan");
  const whole = place.read("m.plan");
  const strings = [...new Set(whole.match(/"(?:[^"\\]|\\.)*"(?!\s*:)/g) ?? [])];
  const values = [...some(IDS), ...some(urlsOf(stranger.url)), ...some(TEXTS)];
  for (const [at, string] of strings.entries()) {
    // Each text of the plan gets some of the values, in turn.
    for (let step = 0; step < (isShort ? 1 : 4); step += 1) {
      const value = values[(at * 4 + step) % values.length];
      counts.inputs += 1;
      place.write("m.plan", whole.replaceAll(string, JSON.stringify(value)));
      await runAll(place, ["show m.plan", "show m.plan --json", "apply m.plan --yes"]);
    }
  }
  expect(stranger.heard).toEqual([]);
});

/** A service that says what a stranger wants to be said. */
async function openService(body: () => unknown, status: number): Promise<string> {
  const server = createServer((request, response) => {
    const { result, meta } = body() as { result: object; meta: object };
    request.resume().on("end", () => {
      const id = `IM_${String(Date.now()).padStart(15, "0").slice(-15)}`;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ result: { id, ...result }, meta }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("an answer: ids, messages, names", async () => {
  const { place } = await openApplied();
  let current: unknown;
  const urls = [await openService(() => current, 200), await openService(() => current, 400)];
  const inputs = [
    ...some(IDS).map((id) => ({ result: { id }, meta: {} })),
    ...some(TEXTS).flatMap((text) => [
      { result: {}, meta: { notice: text, requestId: text, httpStatus: text } },
      { result: {}, meta: { error: { errorMessage: text, errorCode: text }, requestId: text } },
      { result: {}, meta: { warning: { warningMessage: text, warningCode: text } } },
      {
        result: {
          userName: text,
          brandId: text,
          elements: [{ libraryId: text, libraryName: text }],
        },
        meta: {},
      },
    ]),
  ];
  const commands = ["whoami", "libraries", "doctor", "apply m.csv --yes --sample 0"];
  const more = ["resolve m.csv", "explain m.csv 2", "results m.csv --format urls"];
  for (const input of inputs) {
    current = input;
    for (const url of urls) {
      counts.inputs += 1;
      for (const name of [".qgfx", "m.results.csv", "m.retry.csv"]) {
        rmSync(join(place.dir, name), { recursive: true, force: true });
      }
      const hosted = [...commands, ...more].map((command) => `${command} --host ${url}`);
      await runAll(place, isShort ? hosted.slice(0, 4) : hosted);
    }
  }
});

it("links: ledger, lock and what lies outside are no pictures, and nothing is written outside", async () => {
  const { place } = await openApplied();
  const outside = await openWorkplace();
  outside.write("secret.png", png(9));
  for (const file of ["ledger.db", "ledger.db.lock"]) {
    linkSync(join(place.dir, ".qgfx", file), join(place.dir, `hard-${file}.png`));
    symlinkSync(join(place.dir, ".qgfx", file), join(place.dir, `soft-${file}.png`));
  }
  symlinkSync(join(outside.dir, "secret.png"), join(place.dir, "soft-out.png"));
  symlinkSync(outside.dir, join(place.dir, "folder-out"));
  const paths = [
    ...["hard-ledger.db.png", "soft-ledger.db.png", "hard-ledger.db.lock.png"],
    ...["soft-ledger.db.lock.png", ".qgfx/ledger.db", "soft-out.png", "folder-out/secret.png"],
    ...["../secret.png", join(outside.dir, "secret.png"), "/dev/stdin", "/proc/self/environ"],
  ];
  const before = (await place.held()).length;
  for (const path of paths) {
    counts.inputs += 1;
    place.write("l.csv", `path,name,folder\n${path},X,F\n`);
    for (const command of ["validate l.csv", "apply l.csv --yes --ledger .qgfx/ledger.db"]) {
      const { code, stderr } = await place.qgfx(...command.split(" "));
      counts.commands += 1;
      expect(code, `${path}: ${command}: ${stderr}`).toBe(2);
    }
  }
  expect(await place.held()).toHaveLength(before);
  // Outputs through links.
  const open = await openWorkplace();
  open.write("a.png", png(1));
  open.write("m.csv", "path,folder\na.png,F\n");
  symlinkSync(join(outside.dir, "page.html"), join(open.dir, "page.html"));
  symlinkSync(outside.dir, join(open.dir, ".qgfx"));
  mkdirSync(join(open.dir, "x"));
  for (const command of ["plan m.csv --html page.html", "apply m.csv --yes"]) {
    counts.inputs += 1;
    counts.commands += 1;
    await open.qgfx(...command.split(" "));
  }
  expect(readdirSync(outside.dir).sort()).toEqual(["secret.png"]);
});
