import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Draft } from "../../src/open/draft.ts";
import type { Edits, SheetChange } from "../../src/open/sheet-api.ts";
import { counted } from "../support/counts.ts";
import { FORMATS, type Row, sheetOf } from "./made-sheets.ts";

const text = fc.constantFrom(
  "Tulip",
  "a,b",
  'say "hi"',
  "two\nlines",
  "=1",
  "x: y",
  "\u{1f337}",
  "ü",
  "#",
  "-",
);
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("set" as const),
      at: fc.nat(),
      column: fc.nat(2),
      text,
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("remove" as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("add" as const), text }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("undo" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("redo" as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Path, name and folder of each row by its id. */
type Model = readonly (readonly [id: number, cells: readonly string[]])[];

const ROWS: Row[] = ["a", "b", "c", "d"].map((one) => [`${one}.png`, one, "Summer", `note ${one}`]);
const FIELDS = ["path", "name", "folder"] as const;

/** What a page shows that hears of nothing but changes. */
class Page {
  rows = new Map<number, readonly [number, string[], number]>();
  order: number[] = [];

  constructor(draft: Draft) {
    const { rows } = draft.document();
    this.order = rows.map(({ id }) => id);
    for (const { id, cells, line } of rows) this.rows.set(id, [id, cells, line]);
  }

  take({ changed, order, lines }: SheetChange): void {
    for (const { id, cells, line } of changed) this.rows.set(id, [id, cells, line]);
    if (order) this.order = order;
    for (const [index, line] of (lines ?? []).entries()) {
      const id = this.order[index] ?? 0;
      this.rows.set(id, [id, this.rows.get(id)?.[1] ?? [], line]);
    }
  }

  get shown() {
    return this.order.map((id) => this.rows.get(id));
  }
}

interface Moment {
  model: Model;
  bytes: Uint8Array;
}

/** A draft, and beside it what it must come to. */
class Play {
  readonly draft: Draft;
  readonly page: Page;
  model: Model;
  readonly #columns: number[];
  readonly #done: Moment[] = [];
  readonly #undone: Moment[] = [];

  constructor(draft: Draft) {
    this.draft = draft;
    this.page = new Page(draft);
    const { columns, rows } = draft.document();
    this.#columns = FIELDS.map((field) => columns.findIndex((one) => one.field === field));
    this.model = rows.map(({ id, path, name, folder }) => [id, [path, name, folder]]);
  }

  async make(one: Action): Promise<void> {
    if (one.does === "undo") this.#goTo("undo", this.#done, this.#undone);
    else if (one.does === "redo") this.#goTo("redo", this.#undone, this.#done);
    else if (one.does === "add") await this.#add(one.text);
    else if (this.model.length > 0) await this.#change(one);
  }

  async #change(one: Action & { at: number }): Promise<void> {
    const [id, cells] = this.model[one.at % this.model.length] ?? [0, []];
    if (one.does === "remove") {
      await this.#edit([{ op: "remove", rows: [id] }]);
      this.model = this.model.filter(([row]) => row !== id);
      return;
    }
    if (one.does !== "set") return;
    const column = this.#columns[one.column] ?? 0;
    await this.#edit([{ op: "set", row: id, column, text: one.text }]);
    const after = cells.with(one.column, one.text);
    this.model = this.model.map((row) => (row[0] === id ? [id, after] : row));
  }

  async #add(name: string): Promise<void> {
    const change = await this.#edit([
      { op: "add", rows: [{ path: "n.png", name, folder: "New" }] },
    ]);
    this.model = [...this.model, [change.order?.at(-1) ?? 0, ["n.png", name, "New"]]];
  }

  async #edit(ops: Edits["ops"]): Promise<SheetChange> {
    const before = this.#now();
    const change = await this.draft.apply({ base: this.draft.revision, label: "edit", ops });
    this.page.take(change);
    if (Buffer.compare(before.bytes, this.draft.now.bytes) === 0) return change;
    this.#done.push(before);
    this.#undone.length = 0;
    return change;
  }

  #goTo(way: "undo" | "redo", from: Moment[], to: Moment[]): void {
    const expected = from.pop();
    if (!expected) return;
    to.push(this.#now());
    this.page.take(this.draft[way](this.draft.revision));
    this.model = expected.model;
    expect(Buffer.from(this.draft.now.bytes).equals(expected.bytes)).toBe(true);
  }

  #now(): Moment {
    return { model: this.model, bytes: this.draft.now.bytes };
  }
}

describe.each(FORMATS)("any edits of %s", (file) => {
  it("read as a plain model, undo to the same bytes, and a page that hears the changes shows them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
        const play = new Play(await Draft.open(file, sheetOf(file, ROWS)));
        for (const one of actions) {
          await play.make(one);
          const { rows } = play.draft.document();
          const read = rows.map(({ id, path, name, folder }) => [id, [path, name, folder]]);
          expect(read).toEqual(play.model);
          expect(play.page.shown).toEqual(rows.map(({ id, cells, line }) => [id, cells, line]));
          const again = await Draft.open(file, play.draft.now.bytes);
          expect(again.now.manifest).toEqual(play.draft.now.manifest);
        }
      }),
      { numRuns: counted(20, 1_000) },
    );
  });
});
