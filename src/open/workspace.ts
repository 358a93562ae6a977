import { setImmediate } from "node:timers/promises";
import type { JobHost } from "../jobs/watcher.ts";
import type { DeletionDocument } from "../report/deletion-document.ts";
import { UserError } from "../user-error.ts";
import { type Checked, checkSheet, UNCHECKED } from "./check-sheet.ts";
import type { Draft } from "./draft.ts";
import { locateServed, OpenSheet, Turns } from "./open-sheet.ts";
import { notFound, Streams } from "./reply.ts";
import { Run, type RunRequest } from "./run.ts";
import type { RunState, StateDocument, TargetWanted } from "./run-api.ts";
import { RunTally } from "./run-tally.ts";
import type { SaveConflicts, SaveWanted, SheetChange, SheetDocument } from "./sheet-api.ts";
import { type Surroundings, TargetChoice } from "./target-choice.ts";

/** A check waits so long for the next edit, in ms. */
const CHECK_AFTER_MS = 300;
/** The file is looked at so often, in ms. */
const LOOK_EVERY_MS = 1_000;

/** All that one process of `qgfx open` knows; every page shows the same. */
export class Workspace {
  readonly streams: Streams = new Streams();
  /** For everything that opens a manifest's record. */
  readonly turns: Turns = new Turns();
  /** That is served: absolute, links resolved. */
  readonly directory: string;
  readonly surroundings: Surroundings;
  readonly #onDefect: (error: unknown) => void;
  readonly #looking: NodeJS.Timeout;
  /** Where uploads go; set by `aim`. */
  target: TargetChoice;
  #sheet: OpenSheet | undefined;
  checked: Checked = UNCHECKED;
  #checking: NodeJS.Timeout | undefined;
  run: Run | undefined;
  /** What pages were told last that a deletion would delete. */
  listedDeletions: DeletionDocument | null = null;
  #runs = 0;
  #isBeginning = false;

  /** `onDefect` gets bugs of ours that no request waits for. */
  constructor(directory: string, surroundings: Surroundings, onDefect: (error: unknown) => void) {
    this.directory = directory;
    this.surroundings = surroundings;
    this.#onDefect = onDefect;
    this.target = TargetChoice.byDefault(surroundings);
    this.#looking = setInterval(() => void this.#lookAtFile(), LOOK_EVERY_MS).unref();
  }

  /** The open sheet; a `UserError` where there is none. */
  get sheet(): OpenSheet {
    if (this.#sheet) return this.#sheet;
    throw new UserError("NO_SHEET", "no sheet is open", { hint: "choose one first" });
  }

  /** Of the open sheet, absolute; undefined: none is open. */
  get openPath(): string | undefined {
    return this.#sheet?.place.path;
  }

  /** Sets where uploads go from now on. */
  async aim(wanted: TargetWanted): Promise<StateDocument> {
    this.refuseBusy();
    this.target = await this.target.choose(wanted);
    await this.tellState();
    this.check(0);
    return this.state();
  }

  /** Whether anybody is there, or anything goes on. */
  get isInUse(): boolean {
    return this.streams.count > 0 || this.isRunning;
  }

  get isRunning(): boolean {
    return this.#isBeginning || (this.run !== undefined && !this.run.isOver);
  }

  /** Throws a `UserError` while a run goes on: it is about the sheet and the target that are there now. */
  refuseBusy(): void {
    if (!this.isRunning) return;
    throw new UserError("BUSY", "a run is under way", { hint: "wait until it ends, or stop it" });
  }

  /** Throws a `UserError` where the sheet is not at that revision, or the file does not say the same. */
  async expectSaved(revision: number = this.sheet.draft.revision): Promise<void> {
    const { sheet } = this;
    if (await sheet.lookAtFile()) await this.tellState();
    const head = sheet.draft.head();
    if (head.revision !== revision || head.isChangedOnDisk) {
      throw new UserError("STALE", "the sheet has changed", { hint: "look at it again" });
    }
    this.#expectNoChanges();
  }

  #expectNoChanges(): void {
    if (!this.sheet.draft.head().isChanged) return;
    throw new UserError("UNSAVED", "the sheet has changes that are not saved", {
      hint: "save it first",
    });
  }

  /** Begins a run about the open sheet; see `Run.begun`. */
  async begin(
    what: RunState["what"],
    request: Pick<RunRequest, "job" | "agree">,
  ): Promise<RunState> {
    this.refuseBusy();
    const tally = new RunTally(this.#runs + 1, what, this.sheet.rowIds());
    this.#isBeginning = true;
    try {
      const run = await this.turns.take(async () => {
        const beginning = new Run({
          ...request,
          tally,
          host: this.jobHost,
          onState: (state) => this.streams.send("run", state),
          onDefect: this.#onDefect,
        });
        await beginning.begun;
        return beginning;
      });
      this.run = run;
      this.#runs += 1;
      this.#inBackground(() => this.tellState());
      this.#inBackground(async () => {
        await run.ended;
        await this.tellState();
        this.check(0);
      });
    } finally {
      this.#isBeginning = false;
    }
    return tally.describe();
  }

  async state(): Promise<StateDocument> {
    const target = await this.target.describe(this.#sheet?.draft.now.manifest?.library);
    // Only now: a change that comes meanwhile must not be older than what is told after it.
    const sheet = this.#sheet?.draft.head() ?? null;
    const run = this.run?.tally.describe() ?? null;
    return { version: 1, directory: this.directory, sheet, target, run };
  }

  async tellState(): Promise<void> {
    this.streams.send("state", await this.state());
  }

  /** What jobs get besides their watcher. */
  get jobHost(): Omit<JobHost, "watcher"> {
    return { ...this.surroundings, env: this.target.env, onInterrupt: () => () => {} };
  }

  /** Opens a sheet, by its name in the served directory. One that is open stays as it is: another page shows it. */
  async open(file: string): Promise<SheetDocument> {
    const place = locateServed(this.directory, this.surroundings.cwd, file);
    if (this.#sheet?.place.path === place.path) return this.#sheet.draft.document();
    this.refuseBusy();
    const sheet = await OpenSheet.open(place, this.directory);
    this.checked = UNCHECKED;
    this.#sheet = sheet;
    this.#changed();
    return sheet.draft.document();
  }

  async change(work: (draft: Draft) => SheetChange | Promise<SheetChange>): Promise<SheetChange> {
    this.refuseBusy();
    const change = await this.sheet.change(work);
    this.#tellChange(change);
    return change;
  }

  /** Writes the draft to its file and tells all pages, or gives what must be decided first; see `DraftSaver.save`. */
  async save({ base, conflicts }: SaveWanted): Promise<SheetChange | SaveConflicts> {
    this.refuseBusy();
    const saved = await this.sheet.save(base, conflicts);
    if (!("conflicts" in saved)) this.#tellChange(saved);
    return saved;
  }

  #tellChange(change: SheetChange): void {
    this.streams.send("change", change);
    this.check();
  }

  /** Takes what the file holds now; of a workbook that sheet, where the draft holds no changes. See `OpenSheet.reload`. */
  async reload(name?: string): Promise<SheetDocument> {
    const { sheet } = this;
    if (name !== undefined) {
      if (!sheet.draft.document().workbook?.sheets.includes(name))
        throw notFound(`sheet '${name}'`);
      this.#expectNoChanges();
    }
    this.refuseBusy();
    await sheet.reload(name);
    this.#changed();
    return sheet.draft.document();
  }

  async closeSheet(): Promise<void> {
    this.refuseBusy();
    this.#sheet = undefined;
    this.checked = UNCHECKED;
    await this.tellState();
  }

  close(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#checking);
    this.streams.close();
  }

  #changed(): void {
    this.#inBackground(() => this.tellState());
    this.check(0);
  }

  /** Checks the sheet anew, once nothing has changed for a moment. */
  check(afterMs: number = CHECK_AFTER_MS): void {
    clearTimeout(this.#checking);
    this.#checking = setTimeout(() => {
      this.#inBackground(() => this.turns.take(() => this.#check()));
    }, afterMs);
  }

  async #check(): Promise<void> {
    const sheet = this.#sheet;
    if (!sheet || this.isRunning) return;
    // An answer that waits goes first.
    await setImmediate();
    const { revision } = sheet.draft;
    const checked = await checkSheet(sheet, this.target, this.jobHost);
    if (this.#sheet !== sheet) return;
    this.checked = checked;
    this.streams.send("validation", { revision });
    this.streams.send("plan", { revision });
  }

  async #lookAtFile(): Promise<void> {
    const sheet = this.#sheet;
    if (sheet && (await sheet.lookAtFile())) await this.tellState();
  }

  #inBackground(work: () => Promise<void>): void {
    work().catch(this.#onDefect);
  }
}
