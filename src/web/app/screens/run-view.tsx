import { useEffect, useRef } from "preact/hooks";
import type { RunRow, RunState } from "../../../open/run-api.ts";
import { formatCount, formatDuration, plural } from "../../../report/units.ts";
import { sentence } from "../grid/problems.ts";
import { Foot, tryAgain } from "../parts/foot.tsx";
import { ImageCell } from "../parts/image-cell.tsx";
import { StatusMark } from "../parts/marks.tsx";
import { goTo } from "../state/address.ts";
import { post } from "../state/ask-server.ts";
import { report } from "../state/change-sheet.ts";
import { app, say, useApp } from "../state/store.ts";

const SAY_EVERY_MS = 10_000;

/** A run under way: how far it is, what went wrong first, and the way to stop it. */
export function RunUnderWay({ run }: { run: RunState }) {
  const { isGone } = useApp();
  const done = doneOf(run);
  const isStopping = run.phase === "stopping";
  useEffect(() => {
    const timer = setInterval(() => {
      const now = app().state?.run;
      if (now) say(`${doneOf(now)} of ${now.total} done`);
    }, SAY_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const stop = (now: boolean) => post("stop", { now }).catch(report);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <main class="page" tabIndex={0}>
        <h1>
          {isStopping ? "Stopping…" : run.what === "deletion" ? "Deleting…" : "Uploading…"}
          <span class="soft h1-more">
            {formatCount(done)} of {formatCount(run.total)}
          </span>
        </h1>
        <Bar run={run} />
        <p class="soft">
          {isStopping ? "Images already on their way are waited for." : paceText(run)}
        </p>
        <Details run={run} />
      </main>
      <Foot summary={isGone ? "" : "You can close this page; it goes on."}>
        {isStopping ? (
          <button type="button" class="danger" disabled={isGone} onClick={() => void stop(true)}>
            Stop now
          </button>
        ) : (
          <button type="button" disabled={isGone} onClick={() => void stop(false)}>
            Stop
          </button>
        )}
      </Foot>
    </>
  );
}

function Details({ run }: { run: RunState }) {
  return (
    <>
      <Counts run={run} />
      <Messages run={run} />
      <RunRows title="Needs attention" rows={run.troubled} />
      <RunRows title="Last done" rows={run.recent} />
    </>
  );
}

/** A run that has ended: what became of it, and what to do next. */
export function RunEnded({ run, askAgain }: { run: RunState; askAgain(): void }) {
  const isDeletion = run.what === "deletion";
  const again = run.failed + run.notRun;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <main class="page" tabIndex={0}>
        <h1>{endedTitle(run)}</h1>
        <p class="soft">
          {run.library} on {run.host}
          {run.durationMs !== null && `, ${formatDuration(run.durationMs)}`}
        </p>
        <Bar run={run} />
        <Details run={run} />
      </main>
      <Foot summary="">
        {again > 0 && !isDeletion && (
          <button type="button" onClick={askAgain}>
            {tryAgain(run)}
          </button>
        )}
        {run.unknown > 0 ? (
          <button type="button" class="primary" onClick={() => goTo("unknowns")}>
            Settle {plural(run.unknown, "unknown")}
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            onClick={() => goTo(isDeletion ? "history" : "ids")}
          >
            {isDeletion ? "See the history" : "See IDs"}
          </button>
        )}
      </Foot>
    </>
  );
}

function endedTitle(run: RunState): string {
  const verb = run.what === "deletion" ? "deleted" : "uploaded";
  if (doneOf(run) - run.uploaded + run.notRun === 0) {
    const noun = run.what === "deletion" ? "graphic" : "image";
    return `Done: ${plural(run.uploaded, noun)} ${verb}`;
  }
  return run.exitCode === 130 ? "Stopped" : "Ended, with rows that need attention";
}

function doneOf({ uploaded, failed, unknown }: RunState): number {
  return uploaded + failed + unknown;
}

function paceText(run: RunState): string {
  const { rate, leftMs } = run;
  if (rate === 0) return doneOf(run) === 0 ? "Starting." : "Waiting for an answer.";
  const left = leftMs === null ? "" : `, about ${formatDuration(leftMs)} left`;
  return `${formatCount(Math.round(rate))} a minute${left}.`;
}

function Bar({ run }: { run: RunState }) {
  const bar = useRef<HTMLDivElement>(null);
  const { total, uploaded, failed, unknown } = run;
  const part = (count: number) => ({ flexGrow: String(count) });
  return (
    <div
      ref={bar}
      class="bar"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={doneOf(run)}
    >
      <span class="uploaded" style={part(uploaded)} />
      <span class="unknown" style={part(unknown)} />
      <span class="failed" style={part(failed)} />
      <span style={part(Math.max(0, total - doneOf(run)))} />
    </div>
  );
}

function Counts({ run }: { run: RunState }) {
  const counts = [
    ["uploaded", "✓", run.uploaded, run.what === "deletion" ? "deleted" : "uploaded"],
    ["failed", "✗", run.failed, "failed"],
    ["unknown", "?", run.unknown, "unknown"],
    ["not-run", "…", run.phase === "ended" ? run.notRun : 0, "not run"],
  ] as const;
  return (
    <ul class="counts">
      {counts
        .filter(([kind, , count]) => count > 0 || kind === "uploaded")
        .map(([kind, mark, count, word]) => (
          <li key={kind} class={kind}>
            <span aria-hidden="true">{mark}</span> <b>{formatCount(count)}</b> {word}
          </li>
        ))}
    </ul>
  );
}

function Messages({ run: { messages } }: { run: RunState }) {
  if (messages.length === 0) return null;
  return (
    <ul class="messages">
      {messages.map(({ isWarning, text }) => (
        <li key={text} class={isWarning ? "is-warning" : "soft"}>
          <Lines text={text} />
        </li>
      ))}
    </ul>
  );
}

/** Indented lines are a list; the others are sentences. */
function Lines({ text }: { text: string }) {
  const lines = text.split("\n").filter(Boolean);
  const listed = lines.filter((line) => line.startsWith("  "));
  const said = lines.filter((line) => !line.startsWith("  "));
  return (
    <>
      {said.map(sentence).join(" ")}
      {listed.map((line) => (
        <bdi key={line} class="listed">
          {line.trim()}
        </bdi>
      ))}
    </>
  );
}

function RunRows({ title, rows }: { title: string; rows: readonly RunRow[] }) {
  if (rows.length === 0) return null;
  return (
    <section class="run-rows">
      <h2>{title}</h2>
      <ul>
        {rows.map(({ row, line, path, name, folder, status, graphicId, error }) => (
          <li key={`${line} ${folder} ${name} ${graphicId}`}>
            <StatusMark status={status} />
            <ImageCell row={row} path={path} name={name} folder={folder} />
            <span class="clamp">{error === null ? <code>{graphicId}</code> : sentence(error)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
