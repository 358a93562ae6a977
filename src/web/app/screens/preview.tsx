import { useMemo, useState } from "preact/hooks";
import type { PlanState, Refusal } from "../../../open/sheet-api.ts";
import type { ActionName } from "../../../plan/planned-row.ts";
import {
  ACTION_MARK,
  formatBytes,
  formatCount,
  formatDuration,
  plural,
} from "../../../report/units.ts";
import { Foot } from "../parts/foot.tsx";
import { ACTION_WORD } from "../parts/marks.tsx";
import { ProblemText } from "../parts/problem-text.tsx";
import { RowTable } from "../parts/row-table.tsx";
import { goTo } from "../state/address.ts";
import { setApp, useApp } from "../state/store.ts";
import { DeletionsDialog } from "./deletions-dialog.tsx";
import { PreviewProblems } from "./preview-problems.tsx";
import { ACTION_ORDER, inOrder, previewColumns } from "./preview-rows.tsx";
import { askToUpload } from "./upload.tsx";

const EXPLAINED: Readonly<Record<ActionName, string>> = {
  create: "Uploaded for the first time.",
  replace: "Uploaded again under a new ID. Surveys that use the old ID keep the old image.",
  unknown: "Sent earlier without an answer; may be in the library already. Not sent again.",
  orphan: "In the library, but no row of the spreadsheet has them. An upload leaves them alone.",
  unchanged: "In the library as they are. Nothing is sent.",
};

/** What an upload would do, changes first; nothing is sent yet. */
export function PreviewScreen() {
  const { plan, sheet } = useApp();
  const isStale = plan !== null && plan.revision < (sheet?.head.revision ?? 0);
  if (!plan || (isStale && !plan.plan)) {
    return <Waiting text="Comparing with what is in the library…" />;
  }
  if (plan.problem) return <NoPreview error={plan.problem} />;
  if (!plan.plan) return <PreviewProblems />;
  return <Preview plan={plan} document={plan.plan} isStale={isStale} />;
}

function Waiting({ text }: { text: string }) {
  return (
    <>
      <main class="page">
        <p>{text}</p>
      </main>
      <Foot summary="" />
    </>
  );
}

/** Why there is none, and where to go for it. */
function NoPreview({ error }: { error: Refusal["error"] }) {
  const { target } = useApp().state ?? {};
  const isTarget = target?.kind === "service" && target.problem?.code === error.code;
  return (
    <>
      <main class="page">
        <h1>No preview yet</h1>
        <p>
          <ProblemText error={error} />
        </p>
      </main>
      <Foot summary="">
        {isTarget ? (
          <Primary label="Choose where to" go={() => setApp({ dialog: "target" })} />
        ) : (
          <Primary label="Back to the spreadsheet" go={() => goTo("sheet")} />
        )}
      </Foot>
    </>
  );
}

interface PreviewProps {
  plan: PlanState;
  document: NonNullable<PlanState["plan"]>;
  isStale: boolean;
}

function Preview({ plan, document: { summary, actions }, isStale }: PreviewProps) {
  const [only, setOnly] = useState<ActionName | null>(null);
  const [isDeleting, setDeleting] = useState(false);
  const items = useMemo(() => inOrder(plan), [plan]);
  const shown = useMemo(
    () => (only === null ? items : items.filter(({ action }) => action.action === only)),
    [items, only],
  );
  const columns = useMemo(() => previewColumns(shown), [shown]);
  const uploads = summary.create + summary.replace;
  return (
    <>
      <main class={isStale ? "page is-table is-stale" : "page is-table"}>
        <h1>
          {uploads === 0 ? "Nothing to upload" : `${plural(uploads, "image")} to upload`}
          <span class="soft h1-more">{totals(plan, uploads, summary.bytes)}</span>
        </h1>
        <fieldset class="filters">
          <legend class="hidden">Show only</legend>
          {ACTION_ORDER.filter((action) => summary[action] > 0).map((action) => (
            <button
              key={action}
              type="button"
              class={`filter ${action}`}
              aria-pressed={only === action}
              onClick={() => setOnly(only === action ? null : action)}
            >
              <span class={`mark ${action}`} aria-hidden="true">
                {ACTION_MARK[action]}
              </span>{" "}
              {formatCount(summary[action])} {ACTION_WORD[action]}
            </button>
          ))}
        </fieldset>
        {only !== null && (
          <p class="explained">
            {EXPLAINED[only]} {only === "unknown" && <a href="#unknowns">Settle them</a>}
            {only === "orphan" && (
              <button type="button" onClick={() => setDeleting(true)}>
                Delete them from the library…
              </button>
            )}
          </p>
        )}
        {plan.notes.length > 0 && <p class="soft">{plan.notes.join(" ")}</p>}
        <RowTable
          label="What an upload does"
          columns={columns}
          items={shown}
          keyOf={({ action }, index) => `${action.line ?? "x"} ${index}`}
        />
        <details class="blind">
          <summary>What a preview cannot know</summary>
          <p>
            Whether Qualtrics accepts each image, whether the token may upload to this library, and
            what other people change in the library meanwhile. Each row tells how it went once it is
            sent.
          </p>
        </details>
      </main>
      <Foot summary={actions.length === 0 ? "No rows" : unchangedText(summary.unchanged)}>
        <Continue uploads={uploads} unknown={summary.unknown} />
      </Foot>
      {isDeleting && <DeletionsDialog run={null} onClose={() => setDeleting(false)} />}
    </>
  );
}

function unchangedText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? "1 image stays as it is" : `${formatCount(count)} images stay as they are`;
}

function totals({ shortestMs }: PlanState, uploads: number, bytes: number): string {
  return uploads === 0 ? "" : `${formatBytes(bytes)}, at least ${formatDuration(shortestMs)}`;
}

function Continue({ uploads, unknown }: { uploads: number; unknown: number }) {
  const { state, isGone } = useApp();
  const target = state?.target;
  const isReady = target?.kind === "sandbox" || target?.problem === null;
  if (uploads === 0 && unknown > 0)
    return <Primary label="Settle unknowns" go={() => goTo("unknowns")} />;
  if (uploads === 0) return <Primary label="See IDs" go={() => goTo("ids")} />;
  if (!isReady) {
    return (
      <button
        type="button"
        class="primary"
        disabled={isGone}
        onClick={() => setApp({ dialog: "target" })}
      >
        Choose where to
      </button>
    );
  }
  return <Primary label={`Upload ${plural(uploads, "image")}…`} go={askToUpload} />;
}

function Primary({ label, go }: { label: string; go(): void }) {
  return (
    <button type="button" class="primary" onClick={go}>
      {label}
    </button>
  );
}
