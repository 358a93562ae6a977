import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Draft } from "../../src/open/draft.ts";
import { Journal } from "../../src/open/journal.ts";
import { counted } from "../support/counts.ts";
import { useCompiled } from "../support/start-writer.ts";

const program = useCompiled("open/edit-process.ts");
const CSV = "path,name\na.png,A\nb.png,B\n";

function place(): { folder: string; kept: string; journal: Journal } {
  const folder = mkdtempSync(join(tmpdir(), "qgfx-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "m.csv"), CSV);
  const kept = join(folder, ".qgfx", "open");
  return { folder, kept, journal: new Journal(folder, "m.csv") };
}

async function renamed(draft: Draft, text: string): Promise<void> {
  const row = draft.now.ids[1] ?? 0;
  await draft.apply({
    base: draft.revision,
    label: "x",
    ops: [{ op: "set", row, column: 1, text }],
  });
}

it("loses no acknowledged edit to kill -9", async () => {
  for (let round = 0; round < counted(3, 60); round += 1) {
    const { folder, journal } = place();
    const child = spawn(process.execPath, [program(), folder]);
    let said = "";
    child.stdout.on("data", (piece: Buffer) => {
      said += piece.toString();
      if (said.split("\n").length > 3 + round * 2) child.kill("SIGKILL");
    });
    child.stderr.on("data", (piece: Buffer) => expect.unreachable(piece.toString()));
    await once(child, "close");
    const acknowledged = Number(said.trimEnd().split("\n").at(-1));
    const kept = await journal.read();
    const draft = await Draft.open("m.csv", Buffer.from(CSV), {}, kept && { kept });
    const name = draft.now.manifest?.rows[0]?.name ?? "";
    // The one that was being made durable may be there.
    expect([`name ${acknowledged}`, `name ${acknowledged + 1}`]).toContain(name);
    expect(draft.head()).toMatchObject({ isChanged: true, isChangedOnDisk: false });
    expect(draft.recoveredAt).toBe(kept?.changedAt);
  }
});

it("keeps drafts for this user alone, and forgets what was saved or taken back", async () => {
  const { folder, kept, journal } = place();
  const draft = await Draft.open("m.csv", Buffer.from(CSV));
  await renamed(draft, "Tulip");
  await journal.keep(draft);
  for (const name of readdirSync(kept)) expect(statSync(join(kept, name)).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, ".qgfx")).mode & 0o777).toBe(0o700);
  expect(readdirSync(kept)).toHaveLength(2);
  draft.undo(draft.revision);
  await journal.keep(draft);
  expect(readdirSync(kept)).toEqual([]);
  expect(await journal.read()).toBeUndefined();
});

it("recovers rows with ids by which the draft can be merged, and says that the file has changed", async () => {
  const { folder, journal } = place();
  const draft = await Draft.open("m.csv", Buffer.from(CSV));
  await renamed(draft, "Tulip");
  await journal.keep(draft, "2026-11-29T14:02:00.000Z");
  const found = await new Journal(folder, "m.csv").read();
  const again = await Draft.open(
    "m.csv",
    Buffer.from(`${CSV}c.png,C\n`),
    {},
    found && { kept: found },
  );
  expect(again.head()).toMatchObject({
    isChanged: true,
    isChangedOnDisk: true,
    recoveredAt: "2026-11-29T14:02:00.000Z",
  });
  expect(again.now.ids).toEqual(again.base.ids);
});

it("takes nothing that is not whole", async () => {
  const { kept, journal } = place();
  const draft = await Draft.open("m.csv", Buffer.from(CSV));
  await renamed(draft, "Tulip");
  await journal.keep(draft);
  for (const name of readdirSync(kept)) {
    const whole = readFileSync(join(kept, name));
    writeFileSync(join(kept, name), whole.subarray(0, -3));
    expect(await journal.read()).toBeUndefined();
    writeFileSync(join(kept, name), whole);
    expect(await journal.read()).toBeDefined();
  }
});
