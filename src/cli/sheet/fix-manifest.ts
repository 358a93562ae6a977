import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { readManifestBytes } from "../../files/read-manifest.ts";
import { replaceFile } from "../../files/replace-file.ts";
import { confirm, Interruption } from "../../jobs/interruption.ts";
import { displayPath, resolvePaths } from "../../jobs/paths.ts";
import { hasErrors, publishDiagnostic } from "../../manifest/diagnostic.ts";
import type { RepairDocument } from "../../manifest/repair-document.ts";
import { formatChange, formatRepairsEnd } from "../../render/manifest-text.ts";
import { formatDiagnostic } from "../../render/problems-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import { UserError } from "../../user-error.ts";
import type { CommonOptions } from "../common-options.ts";
import type { HostProcess } from "../host-process.ts";
import type { Terminal } from "../terminal.ts";
import { jobHost } from "../terminal-watcher.ts";
import { type Mended, mendManifest } from "./mend-manifest.ts";

export interface FixOptions extends CommonOptions {
  yes?: boolean;
}

/** What the steps of one repair share. */
interface FixContext {
  file: string;
  options: FixOptions;
  process: HostProcess;
  terminal: Terminal;
}

/**
 * Repairs a manifest where the repair is exact: shows each change, asks, keeps the file as it was beside it and
 * writes. What is left is shown as `validate` shows it.
 */
export async function fixManifest(context: FixContext): Promise<number> {
  const { file, options, process } = context;
  const paths = resolvePaths(file, options, process.cwd);
  const limits = { ...paths, maxBytes: options.maxSize };
  const original = await readManifestBytes(paths.manifest);
  const mended = await mendManifest(file, original, options, limits);
  if (!options.json) showChanges(context, mended);
  const isAgreed = mended.changes.length === 0 || (await isConfirmed(context, mended));
  const isWritten = isAgreed && mended.changes.length > 0;
  const backup = isWritten ? await write(paths.manifest, original, mended.bytes) : undefined;
  showEnd(context, mended, backup);
  if (!isAgreed) return EXIT.declined;
  return hasErrors(mended.diagnostics) ? EXIT.usage : EXIT.done;
}

function showChanges({ file, terminal }: FixContext, { changes }: Mended): void {
  for (const change of changes) terminal.product(formatChange(file, change, terminal.outStyle));
}

async function isConfirmed(
  { file, options, process, terminal }: FixContext,
  { changes }: Mended,
): Promise<boolean> {
  if (options.yes) return true;
  const host = jobHost(process, terminal, options);
  const interruption = new Interruption(host);
  try {
    const question = { kind: "repair", count: changes.length, manifest: file } as const;
    return await confirm(host, question, interruption.signal);
  } catch (error) {
    // Interrupted at the question is as good as no.
    if (interruption.signal.aborted) return false;
    throw error;
  } finally {
    interruption.end();
  }
}

/** Keeps the old file beside the new one; refuses where somebody has changed it meanwhile. */
async function write(manifest: string, original: Uint8Array, bytes: Uint8Array): Promise<string> {
  if (Buffer.compare(await readManifestBytes(manifest), original) !== 0) {
    throw new UserError("FIX_CHANGED", "the manifest was changed while its repairs were shown", {
      hint: "close it in other programs, then run it again",
    });
  }
  const backup = await freeName(manifest);
  await replaceFile(backup, original);
  await replaceFile(manifest, bytes);
  return backup;
}

/** `m.csv.bak`, or `m.csv.bak2` and so on: an older backup is never written over. */
async function freeName(manifest: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const name = resolve(`${manifest}.bak${number === 1 ? "" : number}`);
    const isTaken = await access(name).then(
      () => true,
      () => false,
    );
    if (!isTaken) return name;
  }
}

function showEnd(
  { file, options, process, terminal }: FixContext,
  { changes, diagnostics }: Mended,
  backup: string | undefined,
): void {
  const kept = backup === undefined ? null : displayPath(backup, process.cwd);
  if (options.json) {
    const document: RepairDocument = {
      version: 1,
      repairs: changes,
      written: kept !== null,
      backup: kept,
      diagnostics: diagnostics.map(publishDiagnostic),
    };
    terminal.product(JSON.stringify(document, null, 2));
    return;
  }
  const shown = options.quiet ? diagnostics.filter((one) => one.severity === "error") : diagnostics;
  for (const found of shown) terminal.product(formatDiagnostic(found, terminal.outStyle));
  if (options.quiet) return;
  terminal.product(formatRepairsEnd(file, changes, kept ?? undefined, diagnostics));
}
