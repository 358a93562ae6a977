import { join } from "node:path";
import { decideNext } from "../execute/decide.ts";
import { executeDeletions } from "../execute/execute-deletions.ts";
import type { Answer, AttemptOutcome } from "../execute/outcome.ts";
import type { Ledger, RunStart } from "../ledger/ledger.ts";
import { openLedger } from "../ledger/open-ledger.ts";
import type { Image } from "../manifest/image.ts";
import type { PlannedRow } from "../plan/planned-row.ts";
import { graphicUrl, type Target } from "../plan/service.ts";
import type { ProbeClient } from "../qualtrics/client.ts";
import { EXIT } from "../report/summary.ts";
import { processOwner } from "./job-ledger.ts";
import { CLOCK, paceOf } from "./service.ts";

/** One picture that a probe sends. */
interface ProbePicture {
  folder: string;
  name: string;
  image: Image;
}

/** A picture of a probe that is in a library, as far as is known. */
export interface Made {
  library: string;
  graphicId: string;
  folder: string;
  name: string;
}

/** The key of the probe's runs, which belong to no manifest. */
const PROBE = "probe";

const DELETIONS_PER_GRAPHIC = 5;

/** A probe's own ledger: each upload is in it before it is sent, each id before anything else is done. */
export class ProbeRecord {
  readonly #ledger: Ledger;
  readonly #target: Target & { baseUrl: string };
  readonly #client: ProbeClient;
  /** Names of uploads that got no answer. */
  readonly unknown: string[] = [];
  /** Every library that may hold something of the probe. */
  readonly #libraries = new Set<string>();
  #lines = 0;

  constructor(cwd: string, target: Target & { baseUrl: string }, client: ProbeClient) {
    const directory = join(cwd, ".qgfx", "probe");
    this.#ledger = openLedger(join(directory, "ledger.db"), processOwner());
    this.#target = target;
    this.#client = client;
    this.#libraries.add(target.library);
  }

  /** What is there, by the record: of this probe, and of an earlier one that could not clean up. */
  made(): Made[] {
    return [...this.#libraries].flatMap((library) => this.#madeIn(library));
  }

  #madeIn(library: string): Made[] {
    const graphics = this.#ledger.graphics({ ...this.#target, library }, PROBE);
    const left = graphics.filter(({ state }) => state !== "deleted");
    return left.map(({ graphicId, folder, name }) => ({ library, graphicId, folder, name }));
  }

  /** Sends one picture, once, and gives the answer when it is recorded. */
  async upload(
    picture: ProbePicture,
    send: () => Promise<Answer>,
    library: string,
  ): Promise<Answer> {
    this.#libraries.add(library);
    const planned = this.#plan(picture);
    const run = this.#ledger.startRun(this.#run("apply", library), [planned]);
    const attempt = await run.intent(planned, 1);
    const answer = await send();
    const outcome = this.#outcomeOf(answer);
    if (outcome.result === "unknown") this.unknown.push(picture.name);
    await run.outcome(attempt, outcome);
    await run.finish({ exitCode: EXIT.done, finishedAt: outcome.finishedAt, counts: {} });
    return answer;
  }

  /** Deletes all that is there; gives what stays. `giveUp` ends it. */
  async deleteAll(giveUp: AbortSignal, only?: string): Promise<Made[]> {
    for (const library of this.#libraries) {
      const made = this.#madeIn(library).filter(
        ({ graphicId }) => only === undefined || graphicId === only,
      );
      if (made.length === 0 || giveUp.aborted) continue;
      const deletions = made.map((one) => ({ ...one, action: "delete" as const }));
      const run = this.#ledger.startDeletions(this.#run("prune", library), deletions);
      const ids = [...new Set(made.map(({ graphicId }) => graphicId))];
      await executeDeletions(
        ids,
        {
          send: (graphicId) => this.#client.deleteGraphic(library, graphicId),
          recorder: run,
          emit: () => {},
          ...CLOCK,
        },
        {
          ...paceOf({ concurrency: 1, rate: 600 }),
          stop: giveUp,
          maxAttempts: DELETIONS_PER_GRAPHIC,
        },
      );
      const finishedAt = new Date().toISOString();
      await run.finish({ exitCode: EXIT.done, finishedAt, counts: {} });
    }
    return this.made();
  }

  close(): void {
    this.#ledger.close();
  }

  #run(command: "apply" | "prune", library: string): RunStart {
    const { service, host } = this.#target;
    const startedAt = new Date().toISOString();
    return { command, manifest: PROBE, service, library, host, startedAt };
  }

  #plan({ folder, name, image }: ProbePicture): PlannedRow {
    this.#lines += 1;
    const row = { line: this.#lines, cells: [], path: name, name, folder, columnOf: {} };
    return {
      row: { ...row, contentType: undefined, prior: undefined },
      image,
      decision: { action: "create", reason: "new", graphicId: null, replaces: undefined },
    };
  }

  /** As of any upload; an id that is known already is no second graphic. */
  #outcomeOf(answer: Answer): AttemptOutcome {
    const decision = decideNext(answer, {
      isIdempotent: false,
      attempt: 1,
      maxAttempts: 1,
      maxWaitMs: 0,
      streak: 1,
      isKnownId: (graphicId) => this.#ledger.knowsId(graphicId),
      random: () => 0,
    });
    const finishedAt = new Date().toISOString();
    const { result } = decision;
    if (decision.next !== "done") {
      const failed = { result, graphicId: null, url: null, ...decision.failure, finishedAt };
      const isRepeated = answer.kind === "answered" && answer.error === null && answer.graphicId;
      if (!isRepeated) return failed;
      const message = "the answer repeats an id: nothing new was made";
      return { ...failed, result: "failed", message };
    }
    const { graphicId } = decision;
    const url = graphicId && graphicUrl(this.#target.baseUrl, graphicId);
    const said = { httpStatus: 200, errorCode: null, message: null, requestId: null };
    return { result, graphicId, url, ...said, finishedAt };
  }
}
