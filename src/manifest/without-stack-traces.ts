/**
 * Runs a parser that makes an error object of each of possibly a million problems: a stack trace in each would
 * take ten times the memory and most of the time. Traces are taken again afterwards.
 */
export function withoutStackTraces<T>(run: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
