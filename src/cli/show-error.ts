import { CommanderError } from "commander";
import { EXIT } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import { formatUserError } from "./format-user-error.ts";
import type { OutputStream } from "./host-process.ts";
import { QuestionInterrupted } from "./question-interrupted.ts";

/** The one place where thrown things become a message and an exit code. */
export function showError(error: unknown, stderr: OutputStream, version: string): number {
  // Commander has printed its own message (help, version or usage error) by now.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof QuestionInterrupted) return EXIT.interrupted;
  if (error instanceof UserError) {
    stderr.write(formatUserError(error));
    return error.exitCode;
  }
  stderr.write(formatBug(error, version));
  return EXIT.bug;
}

function formatBug(error: unknown, version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `this is a bug in qgfx ${version} (node ${process.version}, ${process.platform})`,
    stack,
    "please report it with the lines above; nothing you did should lead here",
    "",
  ].join("\n");
}
