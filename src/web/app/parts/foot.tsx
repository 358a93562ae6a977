import type { ComponentChildren } from "preact";

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
