import type { RequestEntry } from "../../sandbox/state.ts";
import { isPending } from "./watch-sandbox.ts";

/** The last requests, the newest first, with what the sandbox made of each part. */
export function Requests({ requests }: { requests: readonly RequestEntry[] }) {
  return (
    <section id="log" aria-labelledby="log-title">
      <h2 id="log-title">Last requests</h2>
      {requests.length === 0 && <p class="empty">no request yet</p>}
      {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is no list to some screen readers */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys too */}
      <ol id="requests" role="list" tabIndex={0} aria-labelledby="log-title">
        {requests.map((entry) => (
          <Request key={entry.number} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Request({ entry }: { entry: RequestEntry }) {
  const { number, at, method, path } = entry;
  return (
    <li>
      <p class="request">
        <span class="soft">#{number}</span> <b class={kindOf(entry)}>{describeEnd(entry)}</b>{" "}
        <time class="soft" datetime={at}>
          {new Date(at).toLocaleTimeString("en-GB")}
        </time>{" "}
        <code>{`${method} ${path}`}</code>
      </p>
      <Notes entry={entry} />
    </li>
  );
}

function kindOf({ status }: RequestEntry): string {
  if (status === null) return "none";
  return status < 300 ? "good" : "bad";
}

function describeEnd(entry: RequestEntry): string {
  if (entry.status !== null) return String(entry.status);
  return isPending(entry) && entry.fault === null ? "under way" : "no answer";
}

function Notes({ entry: { parts, fault, graphicId } }: { entry: RequestEntry }) {
  if (parts.length === 0 && fault === null && graphicId === null) return null;
  return (
    <ul class="notes">
      {parts.map(({ part, understood }, index) => (
        <li key={index} class={/ignored|refused/.test(understood) ? "odd" : ""}>
          <b>{part ?? "a part without a name"}</b>: {understood}
        </li>
      ))}
      {fault !== null && <li class="odd">played by the fault script: {JSON.stringify(fault)}</li>}
      {graphicId !== null && (
        <li>
          stored as <code>{graphicId}</code>
        </li>
      )}
    </ul>
  );
}
