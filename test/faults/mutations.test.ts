import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { expect, onTestFinished, test } from "vitest";
import { decideNext } from "../../src/execute/decide.ts";
import { openLedger } from "../../src/ledger/open-ledger.ts";
import { readLedger } from "../../src/ledger/read-ledger.ts";
import { UserError } from "../../src/user-error.ts";
import { clientFor, uploadOf } from "../qualtrics/clients.ts";
import {
  MANIFEST,
  OWNER,
  runStart,
  TARGET,
  takeGraphics,
  takenGraphic,
  upload,
  urlOf,
} from "../support/ledger.ts";
import { GIF, png } from "../support/pictures.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";
import { eachOf, SEED, tell, times } from "./support/programme.ts";
import { damage, mutate } from "./support/wire-mutate.ts";
import { answer, goodBody } from "./support/wire-server.ts";

const MANIFESTS = times(25_000, 150);
const LEDGERS = times(10_000, 80);
const ANSWERS = times(15_000, 300);
/** Milliseconds; nothing this small may take longer. */
const TOO_LONG_MS = 5_000;

/** Counts by what came of them. */
class Tally {
  readonly counts: Record<string, number> = {};
  slowestMs = 0;

  add(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  async timed<T>(work: () => T | Promise<T>): Promise<T> {
    const startMs = performance.now();
    const result = await work();
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
    return result;
  }

  tell(what: string, count: number): void {
    tell(what, { count, seed: SEED, ...this.counts, "slowest ms": Math.round(this.slowestMs) });
  }
}

const ROWS = [
  ["a.png", "Sun", "", "Summer", "note"],
  ["sub/b.gif", '=Rain, "heavy"', "image/gif", "Été", "two\nlines"],
  ["c.png", "-日本", "image/png", "Uncategorized", ""],
  ["d.png", "", "", "", "x;y"],
];

/** The same four rows in every dress a manifest can wear, and a results CSV of them. */
async function makeManifests(place: Workplace): Promise<{ extension: string; bytes: Buffer }[]> {
  place.write("a.png", png(1));
  place.write("sub/b.gif", GIF);
  place.write("c.png", png(3));
  place.write("d.png", png(4));
  const header = ["path", "display name", "Content_Type", "folder", "Notes"];
  const csv = (delimiter: string) => stringify([header, ...ROWS], { delimiter });
  const graphics = ROWS.map(([path, name, contentType, folder]) =>
    Object.fromEntries(
      Object.entries({ path, name, contentType, folder }).filter(([, value]) => value !== ""),
    ),
  );
  const block = graphics.map((one) =>
    Object.entries(one)
      .map(
        ([key, value], index) =>
          `${index === 0 ? "  - " : "    "}${key}: ${JSON.stringify(value)}\n`,
      )
      .join(""),
  );
  const yaml = `version: 1\ndefaults: {folder: "Winter"}\ngraphics:\n${block.join("")}`;
  place.write("base.csv", csv(","));
  expect(await place.qgfx("apply", "base.csv", "--yes")).toMatchObject({ code: 0 });
  return [
    { extension: "csv", bytes: Buffer.from(csv(",")) },
    { extension: "csv", bytes: Buffer.from(`\ufeff${csv(";").replaceAll("\n", "\r\n")}`) },
    { extension: "tsv", bytes: Buffer.from(`\ufeff${csv("\t")}`, "utf16le") },
    { extension: "csv", bytes: Buffer.from(place.read("base.results.csv")) },
    { extension: "yaml", bytes: Buffer.from(yaml) },
    { extension: "yml", bytes: Buffer.from(`version: 1\ngraphics: ${JSON.stringify(graphics)}\n`) },
  ];
}

test("mutated manifests: validate, plan and apply end with a code of the table, and soon", async () => {
  const place = await openWorkplace();
  const bases = await makeManifests(place);
  const random = seededRandom(SEED);
  const tally = new Tally();
  const found: string[] = [];
  const run = async (number: number, ...args: [string, ...string[]]) => {
    const { code, stderr } = await tally.timed(() => place.qgfx(...args));
    tally.add(`${args[0]} ${code}`);
    if (code === 0 || code === 2) return;
    found.push(`manifest ${number}: ${args[0]} ended with ${code}: ${stderr.slice(0, 2000)}`);
  };
  for (let number = 0; number < MANIFESTS && found.length < 5; number += 1) {
    const base = bases[number % bases.length];
    if (!base) break;
    const file = `m.${base.extension}`;
    place.write(
      file,
      mutate(
        base.bytes,
        bases.map(({ bytes }) => bytes),
        random,
      ),
    );
    await run(number, "validate", file, "--json");
    if (number % 5 === 0) await run(number, "plan", file, "--json");
    if (number % 25 === 0) await run(number, "apply", file, "--yes");
  }
  tally.tell("mutated manifests", MANIFESTS);
  expect(found).toEqual([]);
  expect(tally.slowestMs).toBeLessThan(TOO_LONG_MS);
  const ledger = readLedger(join(place.dir, ".qgfx/ledger.db"));
  const held = await place.held();
  expect(held.filter(({ id }) => !ledger?.knowsId(id))).toEqual([]);
  ledger?.close();
});

/** Files of a ledger by their ending: at rest, and while a run holds it. */
type LedgerFiles = Record<string, Buffer>;

function readFiles(dir: string): LedgerFiles {
  const names = readdirSync(dir).filter(
    (name) => name.startsWith("ledger.db") && !name.endsWith("-shm"),
  );
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name))]));
}

async function makeLedgers(): Promise<LedgerFiles[]> {
  const dir = mkdtempSync(join(tmpdir(), "qgfx-mutant-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "ledger.db");
  const kept: LedgerFiles[] = [];
  for (let run = 0; run < 2; run += 1) {
    const ledger = openLedger(file, OWNER);
    const rows = Array.from({ length: 60 }, (_, index) => upload(`${run}-${index}.png`));
    await takeGraphics(ledger, [takenGraphic(`old-${run}`, `IM_old0000000${run}`)]);
    const progress = ledger.startRun(runStart(), rows);
    for (const [index, row] of rows.entries()) {
      const attempt = await progress.intent(row, 1);
      if (index % 7 === 3) continue;
      const result = index % 5 === 1 ? "unknown" : "uploaded";
      const graphicId =
        result === "uploaded" ? `IM_run${run}0000${String(index).padStart(4, "0")}` : null;
      await progress.outcome(attempt, {
        result,
        graphicId,
        url: graphicId && urlOf(graphicId),
        httpStatus: 200,
        errorCode: null,
        message: null,
        requestId: null,
        finishedAt: "2025-06-01T10:00:01.000Z",
      });
    }
    kept.push(readFiles(dir));
    ledger.close();
    kept.push(readFiles(dir));
  }
  return kept;
}

function refusalCode(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UserError && error.code.startsWith("LEDGER_")) return error.code;
    throw error;
  }
}

function readAll(file: string): void {
  const view = readLedger(file);
  try {
    const recorded = view?.recorded(TARGET, MANIFEST);
    recorded?.graphics.forEach(view?.rowRecords(TARGET) ?? (() => {}));
    view?.runs(MANIFEST);
    view?.knowsId("IM_run00000001");
  } finally {
    view?.close();
  }
}

async function writeOn(file: string): Promise<void> {
  const ledger = openLedger(file, OWNER);
  try {
    ledger.recorded(TARGET, MANIFEST);
    const row = upload("new.png");
    const progress = ledger.startRun(runStart(), [row]);
    await progress.intent(row, 1);
  } finally {
    ledger.close();
  }
}

test("mutated ledgers: refused and left as they were, or they work", async () => {
  const bases = await makeLedgers();
  const random = seededRandom(SEED + 1);
  const tally = new Tally();
  const found: string[] = [];
  const root = mkdtempSync(join(tmpdir(), "qgfx-mutants-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (let number = 0; number < LEDGERS && found.length < 5; number += 1) {
    const dir = join(root, String(number));
    mkdirSync(dir);
    const files = Object.entries(bases[number % bases.length] ?? {});
    const target = Math.floor(random() * files.length);
    for (const [index, [name, bytes]] of files.entries()) {
      writeFileSync(join(dir, name), index === target ? damage(bytes, random) : bytes);
    }
    await tally
      .timed(() => tryLedger(dir, tally))
      .catch((error) =>
        found.push(`ledger ${number}: ${error instanceof Error ? error.stack : error}`),
      );
    rmSync(dir, { recursive: true });
  }
  tally.tell("mutated ledgers", LEDGERS);
  expect(found).toEqual([]);
  expect(tally.slowestMs).toBeLessThan(TOO_LONG_MS);
});

async function tryLedger(dir: string, tally: Tally): Promise<void> {
  const file = join(dir, "ledger.db");
  const before = readFiles(dir);
  const reading = refusalCode(() => readAll(file));
  tally.add(`read ${reading ?? "works"}`);
  expectUntouched(dir, before, `reading (${reading})`);
  const writing = await writeOn(file).then(
    () => undefined,
    (error) => {
      if (error instanceof UserError && error.code.startsWith("LEDGER_")) return error;
      throw error;
    },
  );
  tally.add(`write ${writing?.code ?? "works"}`);
  if (writing) expectUntouched(dir, before, `refusing to write (${writing.message})`);
}

function expectUntouched(dir: string, before: LedgerFiles, what: string): void {
  const after = readFiles(dir);
  for (const [name, bytes] of Object.entries(before)) {
    if (!after[name]?.equals(bytes)) throw new Error(`${what} changed ${name}`);
  }
}

const ID = "IM_0123456789abcde";
const ERROR_BODY =
  '{"meta":{"httpStatus":"400 - Bad Request","error":{"errorMessage":"no","errorCode":"MFDP_3"},"requestId":null}}';
const ANSWER_BASES = [
  answer("200 OK", goodBody(ID)),
  answer(
    "200 OK",
    JSON.stringify({
      result: { id: ID },
      meta: {
        notice:
          "Request proxied. For faster response times, use this host instead: fra1.qualtrics.com",
      },
    }),
  ),
  Buffer.from(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${goodBody(ID).length.toString(16)}\r\n${goodBody(ID)}\r\n0\r\n\r\n`,
  ),
  answer(
    "429 Too Many Requests",
    ERROR_BODY,
    "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT",
    "Date: Wed, 21 Oct 2026 07:27:00 GMT",
  ),
  answer("503 Service Unavailable", ERROR_BODY, "Retry-After: 5"),
  answer("400 Bad Request", ERROR_BODY),
  Buffer.concat([
    Buffer.from("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
    answer("200 OK", goodBody(ID)),
  ]),
];

/** A server that answers each request with the next bytes, and the upload those bytes answer. */
async function openAnswerer() {
  let next: Buffer = Buffer.alloc(0);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    let seen = "";
    socket.on("data", (chunk) => {
      seen += chunk.toString("latin1");
      // The body ends in the closing boundary.
      if (seen.endsWith("--\r\n")) socket.end(next);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const limits = { baseDeadlineMs: 4_000 };
  const client = clientFor(`http://127.0.0.1:${port}`, { connections: 1, limits });
  return (bytes: Buffer) => {
    next = bytes;
    return client.upload(uploadOf());
  };
}

test("mutated answers: an id is taken only as it stands in them, and nothing throws or waits", async () => {
  const random = seededRandom(SEED + 2);
  const tally = new Tally();
  const found: string[] = [];
  const mutants = Array.from({ length: ANSWERS }, (_, number) =>
    mutate(ANSWER_BASES[number % ANSWER_BASES.length] ?? Buffer.alloc(0), ANSWER_BASES, random),
  );
  const lanes = 8;
  await eachOf(Array.from({ length: lanes }), lanes, async (_, lane) => {
    const ask = await openAnswerer();
    for (let number = lane; number < ANSWERS; number += lanes) {
      const bytes = mutants[number] ?? Buffer.alloc(0);
      const answered = await tally.timed(() => ask(bytes));
      const { next } = decideNext(answered, {
        isIdempotent: false,
        attempt: 1,
        maxAttempts: 8,
        maxWaitMs: 900_000,
        streak: 1,
        isKnownId: () => false,
        random: Math.random,
      });
      tally.add(next);
      if (answered.kind !== "answered" || answered.graphicId === null) continue;
      if (!/^IM_[a-zA-Z0-9]{11,15}$/.test(answered.graphicId))
        found.push(`answer ${number}: ${answered.graphicId}`);
      // A chunk's own frame may stand inside the id.
      const whole = bytes.toString("latin1").replaceAll("\0", "");
      if (!whole.includes(answered.graphicId) && !/chunked/i.test(whole)) {
        found.push(`answer ${number}: ${answered.graphicId} is not in ${JSON.stringify(whole)}`);
      }
    }
  });
  tally.tell("mutated answers", ANSWERS);
  expect(found).toEqual([]);
  expect(tally.slowestMs).toBeLessThan(TOO_LONG_MS);
});
