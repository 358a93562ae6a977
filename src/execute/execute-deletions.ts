import type { Effects, Settings } from "./effects.ts";
import { type Executed, execute } from "./execute.ts";
import type { Answer, Outcome } from "./outcome.ts";

/** What deletions do to the world; items are graphic ids; see `Effects`. */
export interface DeletionEffects
  extends Pick<Effects<string>, "recorder" | "now" | "sleep" | "random"> {
  /** One DELETE; resolves however it ends. */
  send(graphicId: string): Promise<Answer>;
  /** For watching only. */
  emit(end: DeletionEnd): void;
}

/** How one graphic's deletion ended. */
export interface DeletionEnd {
  graphicId: string;
  status: "deleted" | "failed" | "not-run";
  error: string | null;
  /** What the service warned of when it deleted; only where it is told. */
  warning?: string | null;
}

/** What a run of deletions did. */
export interface DeletionExecution extends Pick<Executed, "stopped" | "defect"> {
  /** In the order of the ids. */
  ends: DeletionEnd[];
}

/** Deletes graphics and says what became of each; see `execute`. */
export async function executeDeletions(
  graphicIds: readonly string[],
  effects: DeletionEffects,
  settings: Settings,
): Promise<DeletionExecution> {
  const { outcomes, ...ended } = await execute<string>(
    graphicIds,
    {
      ...effects,
      isIdempotent: true,
      prepare: async (graphicId) => ({ send: () => effects.send(graphicId) }),
      emit: (graphicId, told) => {
        if (told.event === "item.finished") {
          effects.emit({ ...endOf(graphicId, told.outcome), warning: told.warning });
        }
      },
      isKnownId: () => false,
      urlOf: () => "",
    },
    settings,
  );
  const ends = outcomes.map((outcome, index) => endOf(graphicIds[index] ?? "", outcome));
  return { ...ended, ends };
}

function endOf(graphicId: string, outcome: Outcome): DeletionEnd {
  switch (outcome.status) {
    case "deleted":
      return { graphicId, status: "deleted", error: null };
    case "not-run":
      return { graphicId, status: "not-run", error: outcome.error.replace(/^not run: /, "") };
    case "failed":
    case "unknown":
      // It may be gone; asking again tells.
      return { graphicId, status: "failed", error: outcome.error };
    case "uploaded":
      throw new Error(`a deletion uploaded ${outcome.graphicId}`);
  }
}
