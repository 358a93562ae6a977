import { TestProxy } from "../../support/proxy.ts";
import type { CliRun } from "../../support/run-cli.ts";
import type { WireCase } from "./wire-faults.ts";
import { WirePlace } from "./wire-place.ts";
import { WireServer } from "./wire-server.ts";

/** How one case is played. */
export interface Staging {
  /** Whether the fault meets the connection's first request or its second. */
  connection: "first" | "reused";
  tls: { key: string; cert: string; ca: string } | undefined;
  /** Whether all goes through a proxy's tunnel. */
  isProxied?: boolean;
}

const NAMES = ["A", "B", "C"];

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

async function playOnce(wireCase: WireCase, staging: Staging): Promise<string[]> {
  const at = staging.connection === "first" ? 0 : 1;
  const playsAt = wireCase.isBefore ? at - 1 : at;
  const place = new WirePlace();
  const proxy = staging.isProxied ? new TestProxy() : undefined;
  const server = new WireServer({
    ...(staging.tls && { tls: staging.tls }),
    faultFor: (request) => (request === playsAt ? wireCase : undefined),
  });
  try {
    await server.listen();
    await proxy?.listen();
    place.writeManifest(NAMES);
    const found = await watchRuns(wireCase, { ...staging, proxy }, place, server, NAMES[at] ?? "");
    if (proxy && proxy.asked.length === 0) found.push("the proxy was passed by");
    return found;
  } finally {
    server.close();
    proxy?.close();
    place.remove();
  }
}

export function titleOf({ name }: WireCase, { connection, tls, isProxied }: Staging): string {
  const way = isProxied ? "https by a tunnel" : tls ? "https" : "http";
  return `${way}, ${connection} connection, ${name}`;
}

async function watchRuns(
  wireCase: WireCase,
  { connection, tls, proxy }: Staging & { proxy: TestProxy | undefined },
  place: WirePlace,
  server: WireServer,
  target: string,
): Promise<string[]> {
  const args = ["apply", "m.csv", "--yes", "--concurrency", "1", "--sample", "0"];
  const run = (): Promise<CliRun> => {
    if (!tls) return place.run(server.url, ...args);
    if (!proxy) return place.spawn(server.url, tls.ca, ...args);
    const env = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: tls.ca };
    return place.runWith(env, server.url.replace("localhost", "service.test"), ...args);
  };
  const first = await run();
  const found = [...checkRun(wireCase, first, place, target), ...checkInvariants(place, server)];
  const mustReuse = connection === "reused" && !wireCase.isBefore;
  if (mustReuse && server.received[1]?.connection !== 1) {
    found.push(NOT_REUSED);
  }
  // Again, nothing answered but well: what is unknown is not sent a second time.
  const sentFor = (name: string) => server.received.filter((one) => one.name === name).length;
  const wasSent = sentFor(target);
  const isUnknown = statusOf(place, target) === "unknown";
  const second = await run();
  found.push(...checkInvariants(place, server));
  if (second.code !== (isUnknown ? 5 : 0)) found.push(`second run: exit ${second.code}`);
  if (isUnknown && sentFor(target) > wasSent)
    found.push("second run: an unknown row was sent again");
  found.push(...place.tokenSightings([first, second]).map((where) => `the token in ${where}`));
  return found;
}

function statusOf(place: WirePlace, name: string): string {
  return place.results().find((row) => row.name === name)?.status ?? "no row";
}

function checkRun(
  { expected }: WireCase,
  { code, stderr }: CliRun,
  place: WirePlace,
  target: string,
): string[] {
  const found: string[] = [];
  const status = statusOf(place, target);
  const which = expected.row.map(String).indexOf(status);
  if (which === -1) found.push(`row ${status}, expected ${expected.row.join(" or ")}`);
  else if (code !== expected.codes[which]) found.push(`exit ${code} for ${status}`);
  const attempts = place.attempts().filter(({ name }) => name === target);
  const results = attempts.map(({ result }) => result).join(">");
  if (!expected.attempts.test(results)) found.push(`attempts ${results}`);
  found.push(...checkOthers(expected.others, place, target));
  if (/\u001b/.test(stderr.replaceAll("\u001b[", ""))) found.push("an escape sequence on stderr");
  return found;
}

/** Rows before the target were sent well; rows after it as the case says. */
function checkOthers(others: string, place: WirePlace, target: string): string[] {
  return NAMES.filter((name) => name !== target).flatMap((name) => {
    const wanted = name < target ? "uploaded" : others;
    const status = statusOf(place, name);
    return status === wanted ? [] : [`row ${name} ${status}, expected ${wanted}`];
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
