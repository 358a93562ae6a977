import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { assertReplaceable, replaceFile } from "../files/replace-file.ts";
import { createClient, openProbeClient } from "../qualtrics/client.ts";
import { parseHost } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import {
  type Finding,
  formatProbeReport,
  type ProbeDocument,
  REPORT_TITLE,
} from "../report/account.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import { displayPath } from "./paths.ts";
import {
  anonymizer,
  describeNames,
  lookAtNames,
  settingsFrom,
  settleKeys,
} from "./probe-findings.ts";
import { FIRST_LINE, PROBE_LINES, type ProbeLine, runLine } from "./probe-lines.ts";
import { type Made, ProbeRecord } from "./probe-record.ts";
import {
  type AskForList,
  PROBE_FOLDER,
  type ProbeOptions,
  type Probing,
} from "./probe-requests.ts";
import { resolveTarget, USER_AGENT } from "./service.ts";
import { readToken } from "./token.ts";
import { readUserSettings } from "./user-settings.ts";
import { VERSION } from "./version.ts";
import { Interruption, type JobHost, type JobResult, QuestionInterrupted } from "./watcher.ts";

const REPORT = "qgfx-probe.md";

/**
 * Asks the service, line by line and only as agreed to, what is not known of it, deletes what that made, and writes a
 * report. Whatever happens, what is left behind is told.
 */
export async function probe(
  options: ProbeOptions,
  host: JobHost,
  askForList: AskForList,
): Promise<JobResult<ProbeDocument>> {
  const settings = readUserSettings(host);
  const target = resolveTarget(options, undefined, settings);
  const baseUrl = target.baseUrl ?? "";
  const file = resolve(host.cwd, options.out ?? REPORT);
  await refuseOtherFile(file, host);
  const token = await readToken({ options, settings, host }, parseHost(baseUrl));
  const interruption = new Interruption(host);
  const network = openNetwork(host.env);
  const ways = { baseUrl, token, userAgent: USER_AGENT, network, giveUp: interruption.giveUp };
  const client = openProbeClient(ways);
  const record = new ProbeRecord(host.cwd, { ...target, baseUrl }, client);
  try {
    const account = createClient({ ...ways, connections: 1 });
    const whose = await account.whoami().finally(() => account.close());
    const { library } = target;
    const hide = anonymizer([token, library, new URL(baseUrl).host, ...ofAccount(whose)]);
    const asking = { options, host, interruption, askForList };
    const sending = { client, record, baseUrl, library, ids: new Map(), names: new Map() };
    return await runProbe({ ...asking, ...sending, file, hide });
  } finally {
    record.close();
    await client.close();
    interruption.end();
  }
}

/** An earlier report makes way; nothing is sent where another file would. */
async function refuseOtherFile(file: string, { cwd }: JobHost): Promise<void> {
  await assertReplaceable(file);
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined || text.startsWith(REPORT_TITLE)) return;
  const message = `${displayPath(file, cwd)} is there, and not the report of a probe`;
  throw new UserError("OUT_EXISTS", message, { hint: "name another file with --out" });
}

function ofAccount(account: Record<string, string | null>): string[] {
  const { brandId, userId, userName, email } = account;
  return [brandId, userId, userName, email].filter((text) => typeof text === "string");
}

async function runProbe(probing: Probing): Promise<JobResult<ProbeDocument>> {
  const { options, interruption } = probing;
  announce(probing);
  const findings: Finding[] = [];
  // Whatever goes wrong, what was made is deleted.
  const problem = await problemOf(async () => {
    await askLines(probing, findings);
    if (!options.yes && !interruption.signal.aborted) await lookAtNames(probing, findings);
  });
  if (problem === undefined && findings.every(({ status }) => status === "skipped")) {
    return { exitCode: exitOf(interruption, EXIT.declined), document: undefined };
  }
  describeNames(probing, findings);
  const left = await probing.record.deleteAll(interruption.giveUp);
  tellLeft(probing, left);
  const report = await writeReport(probing, findings, left);
  if (problem) throw problem.cause;
  const sendsKeys = await settleKeys(probing, findings);
  const document = { ...report, ...(sendsKeys && { sendsKeys }) };
  return { exitCode: exitOf(interruption, codeOf(document)), document };
}

/** What `work` throws, but for an interruption at a question. */
async function problemOf(work: () => Promise<void>): Promise<{ cause: unknown } | undefined> {
  try {
    await work();
    return undefined;
  } catch (cause) {
    return cause instanceof QuestionInterrupted ? undefined : { cause };
  }
}

/** Line by line; where nobody can be asked, none. */
async function askLines(probing: Probing, findings: Finding[]): Promise<void> {
  const { interruption } = probing;
  for (const line of PROBE_LINES) {
    const isAgreed = await agree(probing, line);
    if (isAgreed === undefined) return;
    // From here on the second Ctrl-C is this job's to answer, too.
    if (isAgreed) interruption.startSending("upload", () => 0);
    const isTried: boolean = isAgreed && !findings.some(isRefused);
    findings.push(isTried ? await tryLine(probing, line) : skipped(line));
  }
}

/** The first line uploads as `apply` does: where that is refused, so is all else. */
function isRefused({ line, facts }: Finding): boolean {
  return line === FIRST_LINE && (facts.httpStatus === 401 || facts.httpStatus === 403);
}

function codeOf({ lines, left, unknown }: ProbeDocument): number {
  if (lines.some(isRefused)) return EXIT.stoppedByService;
  if (unknown.length > 0) return EXIT.unknown;
  return left.length > 0 ? EXIT.incomplete : EXIT.done;
}

function exitOf({ signal }: Interruption, otherwise: number): number {
  return signal.aborted ? EXIT.interrupted : otherwise;
}

function announce({ host, record, library }: Probing): void {
  const earlier = record.made().length;
  const more =
    earlier === 0 ? "" : `; ${earlier} images that an earlier probe left are deleted, too`;
  const text = `tries out library ${library}, each line a request or two: images of one pixel go into the folder '${PROBE_FOLDER}', and are deleted at the end${more}`;
  host.watcher.tell({ kind: "note", text });
}

/** Undefined where nobody can be asked: nothing has been sent then. */
async function agree(
  { options, host, interruption }: Probing,
  { title, sends, isLarge = false }: ProbeLine,
): Promise<boolean | undefined> {
  if (interruption.signal.aborted) return false;
  if (options.yes) return !isLarge || options.large === true;
  const question = { kind: "probe", count: 1, title, sends } as const;
  const answer = await host.watcher.ask(question, interruption.signal);
  if (answer !== "nobody") return answer === "yes";
  host.watcher.tell({ kind: "unconfirmed", question });
  return undefined;
}

function skipped({ title }: ProbeLine): Finding {
  return { line: title, status: "skipped", found: [], facts: {} };
}

async function tryLine(probing: Probing, line: ProbeLine): Promise<Finding> {
  const { host, hide } = probing;
  const { answer, found, facts } = await runLine(line, probing);
  const status = answer === undefined || answer.kind === "answered" ? "answered" : "no-answer";
  const hidden = Object.entries(facts).map(([name, fact]) => [
    name,
    typeof fact === "string" ? hide(fact) : fact,
  ]);
  const finding: Finding = {
    line: line.title,
    status,
    found: found.map(hide),
    facts: Object.fromEntries(hidden),
  };
  host.watcher.tell({ kind: "note", text: `${line.title}: ${finding.found.join("; ")}` });
  return finding;
}

async function writeReport(
  { host, file, record }: Probing,
  findings: Finding[],
  left: readonly Made[],
): Promise<ProbeDocument> {
  const document = {
    version: 1 as const,
    qgfx: VERSION,
    madeAt: new Date().toISOString(),
    lines: findings,
    settings: settingsFrom(findings),
    left: left.map(({ graphicId, name }) => ({ graphicId, name })),
    unknown: record.unknown,
  };
  await replaceFile(file, formatProbeReport(document));
  return { ...document, report: displayPath(file, host.cwd) };
}

function tellLeft({ host, record }: Probing, left: readonly Made[]): void {
  for (const { graphicId, name, library } of left) {
    const text = `not deleted: ${graphicId}, '${name}' in library ${library}; run the probe again to delete it`;
    host.watcher.tell({ kind: "warning", text });
  }
  for (const name of record.unknown) {
    const text = `no answer: '${name}' may be in the folder '${PROBE_FOLDER}'; look, and delete it there`;
    host.watcher.tell({ kind: "warning", text });
  }
}
