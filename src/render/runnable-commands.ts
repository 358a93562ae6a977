const starts = new WeakMap<object, string>();

/** From now on commands in what a stream is given are written as whoever reads it can run them: `npx qgfx plan`. */
export function writeCommandsAs(stream: object, start: string): void {
  starts.set(stream, start);
}

/** Completion is for the word `qgfx` alone, and so is left out. */
const COMMANDS =
  "setup|init|open|validate|plan|show|apply|results|fill|fetch|resolve|verify|explain|history|adopt|prune|undo|merge|sandbox|whoami|libraries|doctor|help|--help";
const COMMAND = new RegExp(`(?<![\\w./\\\\-]|npx )qgfx (?=(?:${COMMANDS})(?![\\w.-]))`, "g");
const USAGE = /^Usage: qgfx /;

/** A text for a stream, its commands as `writeCommandsAs` said. */
export function withCommands(stream: object, text: string): string {
  const start = starts.get(stream);
  if (start === undefined) return text;
  return text.replace(COMMAND, `${start} `).replace(USAGE, `Usage: ${start} `);
}
