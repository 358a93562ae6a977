import { formatCount } from "../report/units.ts";
import type { Verdict, Verification } from "../report/verification.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

const COLOUR = {
  exact: "green",
  "re-encoded": "yellow",
  different: "red",
  missing: "red",
  unreachable: "red",
} as const satisfies Record<Verdict, Parameters<Style>[0]>;

/** A verification for a person: each graphic that is not exact, then the counts. */
export function formatVerification({ summary, graphics }: Verification, style: Style): string {
  const lines = graphics
    .filter(({ verdict }) => verdict !== "exact")
    .map(({ verdict, folder, name, graphicId, message }) => {
      const place = escapeText(`${folder}/${name}`);
      return `${style(COLOUR[verdict], verdict)} ${place} ${graphicId}: ${escapeText(message ?? "")}`;
    });
  const counts = [
    [summary.exact, "exact"],
    [summary.reEncoded, "re-encoded in the same size"],
    [summary.different, "different"],
    [summary.missing, "missing"],
    [summary.unreachable, "unreachable"],
  ] as const;
  const said = counts.filter(([count], index) => count > 0 || index === 0);
  return [...lines, said.map(([count, what]) => `${formatCount(count)} ${what}`).join(", ")].join(
    "\n",
  );
}
