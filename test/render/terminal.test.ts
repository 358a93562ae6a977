import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { png } from "../support/pictures.ts";
import { BIN } from "../support/program.ts";
import { openWorkplace, type Workplace } from "../support/workplace.ts";

const HAS_TMUX = spawnSync("tmux", ["-V"]).status === 0;
const ROWS = 200;
const NAMES = [
  "桜の花がとても綺麗に咲いている写真その一番目",
  "family 🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷🌷",
  "a name that goes on and on beyond any terminal of eighty columns which is a narrow one",
  "plain",
];

if (!HAS_TMUX) {
  const what = "its lines at 80 and 40 columns, its answer to Ctrl-C, NO_COLOR, questions";
  process.stderr.write(`left out, for there is no tmux: the live view in a terminal (${what})\n`);
}

/** A slow service, one failing row, and more rows than anyone waits for. */
async function openSlow(latencyMs = 300): Promise<Workplace> {
  const faults = [{ upload: 3, play: { kind: "answer" as const, status: 400 } }];
  const place = await openWorkplace({ script: { version: 1, latencyMs, faults } });
  const lines = Array.from({ length: ROWS }, (_, index) => {
    place.write(`${index}.png`, png(index));
    return `${index}.png,${NAMES[index % NAMES.length]} ${index},花`;
  });
  place.write("m.csv", ["path,name,folder", ...lines, ""].join("\n"));
  return place;
}

interface Terminal {
  /** What stands on the screen; with `-e`, its colors too. */
  screen(...options: string[]): string[];
  press(key: string): void;
  hasCursor(): boolean;
  close(): void;
}

/** qgfx in a real terminal of that width; ended with the test. */
function openTerminal(
  place: Workplace,
  columns: number,
  env: Record<string, string> = {},
  args: readonly string[] = ["apply", "m.csv", "--yes"],
): Terminal {
  const socket = `qgfx-test-${process.pid}-${columns}-${Math.random().toString(36).slice(2)}`;
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-L", socket, "-u", ...args], { encoding: "utf8" });
  const settings = Object.entries({ ...place.env, ...env }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const command = ["env", "-u", "CI", "-u", "NO_COLOR", "-u", "FORCE_COLOR", ...settings];
  const run = [...command, process.execPath, BIN, ...args];
  const quoted = run.map((word) => `'${word}'`).join(" ");
  const size = ["-x", String(columns), "-y", "30"];
  tmux(
    "-f",
    "/dev/null",
    "new-session",
    "-d",
    ...size,
    "-c",
    place.dir,
    `${quoted}; echo "exit $?"; sleep 60`,
  );
  const group = Number(tmux("list-panes", "-F", "#{pane_pid}"));
  onTestFinished(() => {
    // Whoever is only hung up on still writes results, into a folder that is to be removed.
    killGroup(group);
    spawnSync("tmux", ["-L", socket, "kill-server"]);
  });
  return {
    screen: (...options) =>
      tmux("capture-pane", "-p", ...options)
        .trimEnd()
        .split("\n"),
    press: (key) => void tmux("send-keys", key),
    hasCursor: () => tmux("display-message", "-p", "#{cursor_flag}").trim() === "1",
    close: () => void tmux("kill-server"),
  };
}

/** A shell and what it runs. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // They have ended.
  }
}

/** The screen once all of that stands on it. */
async function screenWith(terminal: Terminal, ...texts: string[]): Promise<string[]> {
  let screen: string[] = [];
  const isThere = () => {
    screen = terminal.screen();
    return texts.filter((text) => !screen.join("\n").includes(text));
  };
  await expect.poll(isThere, { timeout: 20_000, interval: 100 }).toEqual([]);
  return screen;
}

describe.skipIf(!HAS_TMUX)("the live view in a terminal", () => {
  it.each([80, 40])("keeps every line in its place at %i columns", async (columns) => {
    const terminal = openTerminal(await openSlow(), columns);
    const screen = await screenWith(terminal, "1 failed", " left", "█");
    const first = screen.findIndex((line) => line.includes(`/${ROWS}`));
    const view = screen.slice(first);
    expect(view[0]).toMatch(/^. █*░+ [0-9]+\/200/);
    // A line that was too long would go on at the left edge of the next.
    for (const line of view.slice(1)) expect(line).toMatch(/^( {4}| {2}› )\S|^ {6}and \d/);
    expect(view.filter((line) => line.includes("↑ 花/")).length).toBeGreaterThan(2);
    expect(screen.filter((line) => line.includes(`/${ROWS}`))).toHaveLength(1);
  });

  it("answers Ctrl-C at once, and tells the failures again at the end", async () => {
    const terminal = openTerminal(await openSlow(), 80);
    await screenWith(terminal, "1 failed");
    terminal.press("C-c");
    await screenWith(terminal, "finish first");
    const screen = await screenWith(terminal, "not run");
    expect(screen.filter((line) => line.startsWith("failed line 4"))).toHaveLength(1);
  });

  it("says that it stopped at the second Ctrl-C, and leaves the cursor to be seen", async () => {
    // Few at a time, or the lines about what got no answer push the rest off the screen.
    const args = ["apply", "m.csv", "--yes", "--concurrency", "4"];
    const terminal = openTerminal(await openSlow(2_000), 80, {}, args);
    await screenWith(terminal, "1 failed");
    expect(terminal.hasCursor()).toBe(false);
    terminal.press("C-c");
    // Signals in the same instant may reach the process as one.
    await screenWith(terminal, "finish first");
    terminal.press("C-c");
    await screenWith(terminal, "stopped at once", "not run", "exit 130");
    expect(terminal.hasCursor()).toBe(true);
  });

  it("ends in order where the terminal is closed: uploads in flight finish, results are written", async () => {
    const place = await openSlow();
    const terminal = openTerminal(place, 80);
    await screenWith(terminal, "1 failed");
    terminal.close();
    const results = () => existsSync(join(place.dir, "m.results.csv"));
    await expect.poll(results, { timeout: 20_000, interval: 100 }).toBe(true);
    expect(place.read("m.results.csv")).not.toContain(",unknown,");
    const held = await place.held();
    expect(held.length).toBeLessThan(ROWS - 1);
    for (const { id } of held) expect(place.read("m.results.csv")).toContain(id);
  });

  it("has no colors where NO_COLOR is set", async () => {
    const terminal = openTerminal(await openSlow(), 80, { NO_COLOR: "1" });
    await screenWith(terminal, "1 failed");
    expect(terminal.screen("-e").join("\n")).not.toMatch(/\u001b\[[0-9;]*m/);
  });
});

describe.skipIf(!HAS_TMUX)("a question in a terminal", () => {
  const commands = [
    ["apply", "m.csv"],
    ["prune", "m.csv"],
    ["undo", "m.csv"],
  ];

  /** Applied, but for its last row and with one orphan. */
  async function openToAsk(): Promise<Workplace> {
    const place = await openWorkplace();
    for (const name of ["a", "b", "c"]) place.write(`${name}.png`, png(name.charCodeAt(0)));
    place.write("m.csv", "path,folder\na.png,F\nb.png,F\n");
    await place.qgfx("apply", "m.csv", "--yes");
    place.write("m.csv", "path,folder\na.png,F\nc.png,F\n");
    return place;
  }

  it.each(commands)("takes Ctrl-C for the end: exit 130, nothing done: %s", async (...args) => {
    const place = await openToAsk();
    const terminal = openTerminal(place, 120, {}, args);
    await screenWith(terminal, "[y/N]");
    terminal.press("C-c");
    const screen = await screenWith(terminal, "interrupted: nothing was sent", "exit 130");
    expect(screen.join("\n")).not.toContain("bug");
    expect(await place.held()).toHaveLength(2);
  });

  it.each(commands)("lets go of the ledger where the terminal is closed: %s", async (...args) => {
    const place = await openToAsk();
    const terminal = openTerminal(place, 120, {}, args);
    await screenWith(terminal, "[y/N]");
    const log = () => existsSync(join(place.dir, ".qgfx/ledger.db-wal"));
    expect(log()).toBe(true);
    terminal.close();
    await expect.poll(log, { timeout: 20_000, interval: 100 }).toBe(false);
    expect(await place.held()).toHaveLength(2);
  });
});
