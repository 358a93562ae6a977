import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Draft } from "../../src/open/draft.ts";
import { Journal } from "../../src/open/journal.ts";

/** Edits `m.csv` of a folder over and over, and says each text once it is kept. */
const [, , folder = ""] = process.argv;
const draft = await Draft.open("m.csv", readFileSync(join(folder, "m.csv")));
const journal = new Journal(folder, "m.csv");
for (let count = 1; ; count += 1) {
  await draft.apply({
    base: draft.revision,
    label: "edit",
    ops: [{ op: "set", row: draft.now.ids[0] ?? 0, column: 1, text: `name ${count}` }],
  });
  await journal.keep(draft);
  writeSync(1, `${count}\n`);
}
