import { TestProxy } from "../../support/proxy.ts";
import type { CliRun } from "../../support/run-cli.ts";
import type { Expected, WireCase } from "./wire-faults.ts";
import { WirePlace } from "./wire-place.ts";
import { type Fault, GOOD, WireServer } from "./wire-server.ts";

/** How one case is played. */
export interface Staging {
  /** Whether the fault meets the connection's first request or its second. */
  connection: "first" | "reused";
  tls: { key: string; cert: string; ca: string } | undefined;
  /** Whether all goes through a proxy's tunnel. */
  isProxied?: boolean;
  /** Whether many uploads are under way at once; else one after the other. */
  isBusy?: boolean;
}

const NAMES = ["A", "B", "C"];

/** Uploads under way at once, and rows enough for connections that are used again. */
const AT_ONCE = 32;
const BUSY_NAMES = Array.from({ length: 56 }, (_, row) => `R${row}`);
const BUSY_BYTES = 2_000;

/** Good, after a while in which other uploads begin. */
const LATE: Fault = {
  when: 1,
  act: (scene) => void setTimeout(() => GOOD.act(scene), 200),
};

/** A connection idle for a second is not reused: on a busy machine a case may need another try. */
const TRIES = 5;
const NOT_REUSED = "the connection was not reused";

/** Plays one case through the whole program; gives every way in which it went other than it must. */
export async function playCase(wireCase: WireCase, staging: Staging): Promise<string[]> {
  let found: string[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) {
    found = await playOnce(wireCase, staging);
    if (!found.includes(NOT_REUSED)) break;
  }
  return found.map((deviation) => `${titleOf(wireCase, staging)}: ${deviation}`);
}

/** The request that meets the fault, 0-based. */
function requestOf({ when, isBefore }: WireCase, { connection, isBusy }: Staging): number {
  const at = connection === "first" ? 0 : isBusy ? AT_ONCE + 16 : 1;
  if (isBusy && connection === "first" && when !== "accept") return 5;
  return isBefore ? at - 1 : at;
}

async function playOnce(wireCase: WireCase, staging: Staging): Promise<string[]> {
  const playsAt = requestOf(wireCase, staging);
  const place = new WirePlace();
  const proxy = staging.isProxied ? new TestProxy() : undefined;
  const server = new WireServer({
    ...(staging.tls && { tls: staging.tls }),
    faultFor: (request) => {
      if (request === playsAt) return wireCase;
      return staging.isBusy ? LATE : undefined;
    },
  });
  try {
    await server.listen();
    await proxy?.listen();
    if (staging.isBusy) place.writeManifest(BUSY_NAMES, BUSY_BYTES);
    else place.writeManifest(NAMES);
    const found = await watchRuns(wireCase, { ...staging, proxy }, place, server);
    if (proxy && proxy.asked.length === 0) found.push("the proxy was passed by");
    return found;
  } finally {
    server.close();
    proxy?.close();
    place.remove();
  }
}

export function titleOf(
  { name }: WireCase,
  { connection, tls, isProxied, isBusy }: Staging,
): string {
  const scheme = isProxied ? "https by a tunnel" : tls ? "https" : "http";
  const way = isBusy ? `${scheme}, ${AT_ONCE} at once` : scheme;
  return `${way}, ${connection} connection, ${name}`;
}

async function watchRuns(
  wireCase: WireCase,
  staging: Staging & { proxy: TestProxy | undefined },
  place: WirePlace,
  server: WireServer,
): Promise<string[]> {
  const { connection, isBusy } = staging;
  const run = () => runApply(staging, place, server);
  const first = await run();
  const playedAt = requestOf(wireCase, staging);
  const target = isBusy
    ? findTarget(wireCase, place, server.received[playedAt]?.name)
    : NAMES[connection === "first" ? 0 : 1];
  const found = [
    ...checkRun(wireCase, first, place, target),
    ...checkOthers(wireCase.expected.others, place, target, isBusy),
    ...checkInvariants(place, server),
  ];
  const mustReuse = connection === "reused" && !wireCase.isBefore;
  if (mustReuse && !isReused(server, playedAt)) found.push(NOT_REUSED);
  const isStopped = wireCase.expected.others === "not-run";
  if (isBusy && !isStopped && server.connections < AT_ONCE) {
    found.push(`${server.connections} connections, expected ${AT_ONCE}`);
  }
  // Again, nothing answered but well: what is unknown is not sent a second time.
  const sentFor = (name: string | undefined) =>
    server.received.filter((one) => one.name === name).length;
  const wasSent = sentFor(target);
  const isUnknown = target !== undefined && statusOf(place, target) === "unknown";
  const second = await run();
  found.push(...checkInvariants(place, server));
  if (second.code !== (isUnknown ? 5 : 0)) found.push(`second run: exit ${second.code}`);
  if (isUnknown && sentFor(target) > wasSent)
    found.push("second run: an unknown row was sent again");
  found.push(...place.tokenSightings([first, second]).map((where) => `the token in ${where}`));
  return found;
}

function runApply(
  { tls, proxy, isBusy }: Staging & { proxy: TestProxy | undefined },
  place: WirePlace,
  { url }: WireServer,
): Promise<CliRun> {
  // At the usual pace few uploads would be under way at once.
  const pace = isBusy ? [String(AT_ONCE), "--rate", "1000000"] : ["1"];
  const args = ["apply", "m.csv", "--yes", "--sample", "0", "--concurrency", ...pace];
  if (!tls) return place.run(url, ...args);
  const trust = { SSL_CERT_FILE: tls.ca };
  if (isBusy) return place.runWith(trust, url, ...args);
  if (!proxy) return place.spawn(url, tls.ca, ...args);
  const named = url.replace("localhost", "service.test");
  return place.runWith({ ...trust, HTTPS_PROXY: proxy.url }, named, ...args);
}

/** Whether a request came on a connection that had carried another. */
function isReused({ received }: WireServer, at: number): boolean {
  const { connection } = received[at] ?? {};
  return received.slice(0, at).some((one) => one.connection === connection);
}

/** Of many rows, the one that met the fault: as the server has its name, or the one that went otherwise than well. */
function findTarget(
  { isBefore, when }: WireCase,
  place: WirePlace,
  name: string | undefined,
): string | undefined {
  if (name && !isBefore && when !== "accept") return name;
  const rows = place.results().filter(({ status }) => status !== "not-run");
  const odd = rows.find((row) => row.status !== "uploaded" || attemptsOf(place, row.name) !== WELL);
  return odd?.name;
}

const WELL = "uploaded";

function attemptsOf(place: WirePlace, name: string | undefined): string {
  const attempts = place.attempts().filter((one) => one.name === name);
  return attempts.map(({ result }) => result).join(">");
}

function statusOf(place: WirePlace, name: string): string {
  return place.results().find((row) => row.name === name)?.status ?? "no row";
}

function checkRun(
  { expected }: WireCase,
  { code, stderr }: CliRun,
  place: WirePlace,
  target: string | undefined,
): string[] {
  const found: string[] = [];
  // Where no row went otherwise than well, any stands for all.
  const name = target ?? BUSY_NAMES[0] ?? "";
  const status = statusOf(place, name);
  const which = expected.row.map(String).indexOf(status);
  if (which === -1) found.push(`row ${status}, expected ${expected.row.join(" or ")}`);
  else if (code !== expected.codes[which]) found.push(`exit ${code} for ${status}`);
  const results = attemptsOf(place, name);
  if (!expected.attempts.test(results)) found.push(`attempts ${results}`);
  if (/\u001b/.test(stderr.replaceAll("\u001b[", ""))) found.push("an escape sequence on stderr");
  return found;
}

/**
 * One after the other, rows before the target were sent well and rows after it are as the case says; at once, those
 * that were under way when the run stopped ended well.
 */
function checkOthers(
  others: Expected["others"],
  place: WirePlace,
  target: string | undefined,
  isBusy = false,
): string[] {
  const rows = place.results().filter(({ name }) => name !== target);
  return rows.flatMap(({ name = "", status = "" }) => {
    const isBefore = target !== undefined && name < target;
    const wanted = isBefore && !isBusy ? "uploaded" : others;
    if (status === wanted || (isBusy && status === "uploaded")) return [];
    return [`row ${name} ${status}, expected ${wanted}`];
  });
}

/** Invariants 1 to 3 of a run without `--unknown retry`, by the server's record. */
export function checkInvariants(place: WirePlace, server: WireServer): string[] {
  const found: string[] = [];
  const stored = server.received.filter(({ storedId }) => storedId !== undefined);
  const attempts = place.attempts();
  const graphics = place.graphics();
  const addresses = new Set<string>();
  for (const { name, folder, sha256 } of stored) {
    if (addresses.has(name)) found.push(`two graphics at ${name}`);
    addresses.add(name);
    const intent = attempts.find((one) => one.name === name && one.folder === folder);
    if (!intent) found.push(`a graphic without an intent: ${name}`);
    else if (intent.sha256 !== sha256) found.push(`other bytes than planned: ${name}`);
  }
  for (const row of place.results()) found.push(...checkResult(row, stored, graphics));
  for (const { name, graphicId } of graphics) {
    const own = stored.find(({ storedId }) => storedId === graphicId);
    if (own?.name !== name)
      found.push(`the ledger gives ${name} the id ${graphicId} of ${own?.name}`);
  }
  return found;
}

/** A row's id is the one the server gave it, and stands in the ledger (invariants 3 and 5). */
function checkResult(
  row: Record<string, string>,
  stored: readonly { name: string; storedId: string | undefined }[],
  graphics: readonly { name: string; graphicId: string | null }[],
): string[] {
  const { name, status, graphicId } = row;
  const isDone = status === "uploaded" || status === "unchanged";
  if (!isDone) return graphicId === "" ? [] : [`${status} row ${name} has the id ${graphicId}`];
  const own = stored.find((one) => one.storedId === graphicId);
  const recorded = graphics.find((one) => one.graphicId === graphicId);
  if (own?.name === name && recorded?.name === name) return [];
  return [
    `row ${name} has the id ${graphicId}, which is not its own on the server or in the ledger`,
  ];
}
