import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWithFault, statuses } from "../support/faulty-place.ts";
import { eachOf, isShort, tell } from "./support/programme.ts";
import { ANSWER_CASES, REPEATED_ID_CASES, redirectCases } from "./support/wire-answers.ts";
import {
  acceptCases,
  breakCases,
  idleCases,
  SLOW_CASES,
  type WireCase,
} from "./support/wire-faults.ts";
import { makeCertificate, WirePlace } from "./support/wire-place.ts";
import { checkInvariants, playCase, type Staging } from "./support/wire-play.ts";
import { answer, goodBody, WireServer } from "./support/wire-server.ts";

const dir = mkdtempSync(join(tmpdir(), "qgfx-wire-tls-"));
const tls = makeCertificate(dir);
const CONNECTIONS = ["first", "reused"] as const;

/** The host that redirects name; it must never see a connection. */
let otherConnections = 0;
const otherHost = createServer((socket) => {
  otherConnections += 1;
  socket.destroy();
});
let otherUrl = "";

beforeAll(async () => {
  await new Promise<void>((done) => otherHost.listen(0, "127.0.0.1", done));
  otherUrl = `http://127.0.0.1:${(otherHost.address() as AddressInfo).port}`;
});
afterAll(() => {
  otherHost.close();
  rmSync(dir, { recursive: true, force: true });
});

/** The short form plays every n-th case. */
function quickCases({ connection, tls, isProxied, isBusy }: Staging): WireCase[] {
  const own =
    connection === "first"
      ? acceptCases(tls !== undefined)
      : [...idleCases(), ...REPEATED_ID_CASES];
  const all = [...own, ...breakCases(), ...ANSWER_CASES, ...redirectCases(otherUrl)];
  const everyNth = isShort ? (isBusy ? 48 : tls && !isProxied ? 72 : 16) : 1;
  return all.filter((_, index) => index % everyNth === 0);
}

async function playAll(what: string, cases: WireCase[], staging: Staging, atOnce: number) {
  const deviations = (await eachOf(cases, atOnce, (one) => playCase(one, staging))).flat();
  tell(`wire, ${what}`, { cases: cases.length, deviations: deviations.length });
  for (const deviation of deviations) process.stdout.write(`  ${deviation}\n`);
  expect(deviations).toEqual([]);
}

test.each(CONNECTIONS)(
  "http, %s connection: every fault ends as the table says",
  async (connection) => {
    const staging = { connection, tls: undefined };
    await playAll(`http, ${connection}`, quickCases(staging), staging, 6);
  },
);

test.skipIf(!tls).each(CONNECTIONS)(
  "https (needs openssl), %s connection: every fault ends as the table says",
  async (connection) => {
    const staging = { connection, tls };
    await playAll(`https, ${connection}`, quickCases(staging), staging, 4);
  },
);

test.skipIf(!tls).each(CONNECTIONS)(
  "https by a proxy's tunnel (needs openssl), %s connection: every fault ends as the table says",
  async (connection) => {
    const staging = { connection, tls, isProxied: true };
    await playAll(`tunnel, ${connection}`, quickCases(staging), staging, 6);
  },
);

test.skipIf(!tls).each(CONNECTIONS)(
  "https, 32 uploads at once (needs openssl), %s connection: every fault ends as the table says",
  async (connection) => {
    const staging = { connection, tls, isBusy: true };
    await playAll(`32 at once, ${connection}`, quickCases(staging), staging, 4);
  },
);

test.skipIf(isShort)(
  "stalls (full form): the deadline ends them, and the row is unknown",
  async () => {
    const schemes = tls ? [undefined, tls] : [undefined];
    const stagings = schemes.flatMap((scheme) =>
      CONNECTIONS.map((connection) => ({ connection, tls: scheme })),
    );
    const plays = stagings.flatMap((staging) => SLOW_CASES.map((one) => ({ one, staging })));
    const deviations = (
      await eachOf(plays, plays.length, ({ one, staging }) => playCase(one, staging))
    ).flat();
    tell("wire, stalls", { cases: plays.length, deviations: deviations.length });
    expect(deviations).toEqual([]);
  },
);

async function openRefused() {
  const server = new WireServer({
    // The first upload is the last that is let in.
    faultFor: () => ({
      when: 1,
      act: ({ socket, id }) => {
        server.refuse();
        socket.end(answer("200 OK", goodBody(id), "Connection: close"));
      },
    }),
  });
  await server.listen();
  const place = new WirePlace();
  place.writeManifest(["A", "B", "C"]);
  return { server, place };
}

test.skipIf(isShort)(
  "refused (full form): five in a row stop the run, the next goes on",
  async () => {
    const { server, place } = await openRefused();
    try {
      const args = ["apply", "m.csv", "--yes", "--concurrency", "1", "--sample", "0"];
      const { code } = await place.run(server.url, ...args);
      expect(place.results().map(({ status }) => status)).toEqual([
        "uploaded",
        "not-run",
        "not-run",
      ]);
      expect(code).toBe(3);
      expect(place.attempts().map(({ result }) => result)).toEqual([
        "uploaded",
        ...Array.from({ length: 5 }, () => "not-sent"),
      ]);
      expect(checkInvariants(place, server)).toEqual([]);
      expect(server.received).toHaveLength(1);
      const again = new WireServer({ faultFor: () => undefined, idsGiven: 100 });
      await again.listen(Number(new URL(server.url).port));
      expect(await place.run(server.url, ...args)).toMatchObject({ code: 0 });
      expect(again.received.map(({ name }) => name)).toEqual(["B", "C"]);
      again.close();
      tell("wire, refused", { runs: 2, attempts: place.attempts().length });
    } finally {
      server.close();
      place.remove();
    }
  },
);

test("nobody listens at all: the run stops, with every row not-run and nothing lost", async () => {
  const place = await openWithFault({ kind: "stall" });
  await place.sandbox.close();
  const { code, stderr } = await place.qgfx("apply", "m.csv", "--yes");
  expect(code).toBe(3);
  expect(stderr).toContain("stopped:");
  expect(statuses(place)).toEqual(["not-run", "not-run", "not-run"]);
});

test("an id that an earlier run recorded is not taken a second time", async () => {
  const first = new WireServer({ faultFor: () => undefined });
  await first.listen();
  const place = new WirePlace();
  try {
    place.writeManifest(["A"]);
    await place.run(first.url, "apply", "m.csv", "--yes", "--sample", "0");
    // The same ids from the start, for another picture.
    first.close();
    const second = new WireServer({ faultFor: () => undefined });
    await second.listen(Number(new URL(first.url).port));
    place.writeManifest(["A", "B"]);
    const { code } = await place.run(first.url, "apply", "m.csv", "--yes", "--sample", "0");
    second.close();
    expect(code).toBe(5);
    expect(place.results().map(({ status }) => status)).toEqual(["uploaded", "unknown"]);
    expect(place.graphics()).toHaveLength(1);
  } finally {
    first.close();
    place.remove();
  }
});

test("no redirect was followed to the other host", () => {
  expect(otherConnections).toBe(0);
});
