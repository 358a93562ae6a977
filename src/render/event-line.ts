import type { RunEvent } from "../execute/events.ts";
import { formatDuration } from "../report/units.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

type Finished = Extract<RunEvent, { event: "item.finished" }>;

const COLOUR = {
  uploaded: "green",
  unchanged: "gray",
  failed: "red",
  unknown: "red",
  "not-run": "yellow",
} as const;

/** One line for an event worth one, undefined for the rest. */
export function formatEvent(event: RunEvent, style: Style): string | undefined {
  if (event.event === "item.retrying") {
    const wait = formatDuration(event.delayMs);
    return escapeText(`retrying ${event.folder}/${event.name} in ${wait}: ${event.reason}`);
  }
  if (event.event !== "item.finished" || event.status === "unchanged") return undefined;
  return formatFinished(event, style);
}

function formatFinished(event: Finished, style: Style): string {
  const what = escapeText(`${event.folder}/${event.name}`);
  const status = style(COLOUR[event.status], event.status);
  if (event.status === "uploaded") return `${status} ${what} ${event.graphicId}`;
  return `${status} line ${event.line}, ${what}: ${escapeText(event.error ?? "no reason given")}`;
}
