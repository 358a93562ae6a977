import type { ComponentChildren } from "preact";
import { formatCount } from "../../../report/units.ts";

interface FootProps {
  /** How things stand. */
  summary: ComponentChildren;
  /** Buttons; the one to go on with is the last. */
  children?: ComponentChildren;
}

/** The bar at the foot of every screen. */
export function Foot({ summary, children }: FootProps) {
  return (
    <footer class="foot">
      <p class="summary">{summary}</p>
      <span class="grow" />
      {children}
    </footer>
  );
}

/** The button that leads back to what failed, or where nothing did to what was not sent. */
export function tryAgain({ failed, notRun = 0 }: { failed: number; notRun?: number }): string {
  const count = formatCount(failed + notRun);
  if (failed === 0) return `Upload the other ${count}`;
  return count === "1" ? "Try it again" : `Try these ${count} again`;
}
