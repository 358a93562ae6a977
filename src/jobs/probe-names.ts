import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { escapeControls } from "../manifest/safe-text.ts";
import type { Finding } from "../report/account.ts";
import { namesInList } from "./probe-findings.ts";
import { PROBE_LINES } from "./probe-lines.ts";
import type { ProbeTools } from "./probe-requests.ts";
import type { Interruption, JobHost } from "./watcher.ts";

/** Where a person has put the account's list of names and ids; undefined where nobody can be asked. */
export type AskForList = (question: { kind: "probe-list" }) => Promise<string | undefined>;

interface Looking {
  host: JobHost;
  interruption: Interruption;
  askForList: AskForList;
}

/** Names and folders are seen in the library alone: by the account's own list, and by a person. */
export async function lookAtNames(
  { host, askForList, interruption }: Looking,
  { ids, names }: ProbeTools,
  findings: readonly Finding[],
): Promise<void> {
  const tried = PROBE_LINES.filter(({ title }) => ids.has(title));
  if (tried.some(({ looksFor }) => looksFor?.name !== undefined)) {
    const list = await readList({ host, askForList });
    for (const [id, name] of list) names.set(id, name);
  }
  for (const { title, looksFor } of tried) {
    if (looksFor?.folder === undefined) continue;
    const question = { kind: "probe-folder", count: 1, folder: looksFor.folder } as const;
    const answer = await host.watcher.ask(question, interruption.signal);
    const isThere = answer === "yes";
    const finding = findings.find(({ line }) => line === title);
    if (!finding || answer === "nobody") continue;
    finding.facts.isFolder = isThere;
    finding.found.push(
      isThere ? "the library has a folder of that name" : "no folder of that name",
    );
  }
}

/** What the library shows of the names, as far as somebody looked. */
export function describeNames({ ids, names }: ProbeTools, findings: readonly Finding[]): void {
  for (const { title, looksFor } of PROBE_LINES) {
    if (looksFor?.folder !== undefined) describeFolder(findings, title);
    if (looksFor?.name === undefined) continue;
    const finding = findings.find(({ line }) => line === title);
    const seen = names.get(ids.get(title) ?? "");
    if (!finding || finding.status === "skipped") continue;
    if (seen === undefined) {
      finding.found.push("which name the library shows was not looked at");
      continue;
    }
    finding.facts.name = looksFor.name;
    finding.facts.shownAs = escapeControls(seen);
    finding.found.push(
      seen === looksFor.name
        ? "the library shows the name as meant"
        : `the library shows '${escapeControls(seen)}'`,
    );
  }
}

function describeFolder(findings: readonly Finding[], title: string): void {
  const finding = findings.find(({ line }) => line === title);
  if (finding?.status !== "answered" || "isFolder" in finding.facts) return;
  finding.found.push("which folder the library made of it was not looked at");
}

/** The names in the list that a person has saved; none where there is no such file. */
async function readList({
  host,
  askForList,
}: Omit<Looking, "interruption">): Promise<ReadonlyMap<string, string>> {
  const file = (await askForList({ kind: "probe-list" }))?.trim();
  if (!file) return new Map();
  try {
    return namesInList(await readFile(resolve(host.cwd, file), "utf8"));
  } catch {
    const text = `cannot read the list '${file}': what became of names is left open`;
    host.watcher.tell({ kind: "warning", text });
    return new Map();
  }
}
