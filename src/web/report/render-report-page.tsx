import { renderToString } from "preact-render-to-string";
import { type ReportPage, type ReportRow, stateOf } from "../../report/report-page.ts";
import { Card } from "./card.tsx";
import { Controls } from "./controls.tsx";
import { Faults } from "./faults.tsx";
import { html, scriptHash, styleHash } from "./page.html?bundled";
import { STATE_LABEL, Totals } from "./totals.tsx";

const POLICY = `default-src 'none'; style-src '${styleHash}'; script-src '${scriptHash}'; img-src data:; base-uri 'none'; form-action 'none'`;

/**
 * A plan or a finished run as one HTML page that needs nothing else: style, script and images are inside, and its
 * policy lets it load nothing more. It reads without the script too.
 */
export function renderReportPage(page: ReportPage): string {
  const title = renderToString(<title>{`qgfx ${page.kind} of ${page.manifest}`}</title>);
  const body = renderToString(<Body page={page} />);
  const parts: Readonly<Record<string, string>> = { policy: POLICY, title, body };
  return html.replace(/\{\{(policy|title|body)\}\}/g, (place, name) => parts[name] ?? place);
}

function Body({ page }: { page: ReportPage }) {
  const { target } = page;
  return (
    <>
      <a class="skip" href="#pictures">
        skip to the images
      </a>
      <header>
        <h1>
          {page.kind === "plan" ? "Plan" : "Results"} <span class="of">of</span>{" "}
          <bdi>{page.manifest}</bdi>
        </h1>
        <p>
          {target && (
            <>
              library <code>{target.library}</code> on {target.host} ·{" "}
            </>
          )}
          <time datetime={page.madeAt}>{page.madeAt.slice(0, 16).replace("T", " ")} UTC</time>
        </p>
        <p class="summary">{page.summary}</p>
        <Faults faults={page.faults} withLine />
        <Totals rows={page.rows} />
      </header>
      <main>
        <Controls page={page} />
        <h2 id="pictures" tabIndex={-1}>
          Pictures
        </h2>
        <div id="cards">
          <Lists rows={page.rows} />
        </div>
        <p class="nothing" id="nothing" hidden>
          no image fits these filters
        </p>
      </main>
    </>
  );
}

/**
 * Cards a list: a browser lays out only the lists in sight, which keeps ten thousand rows scrolling. It divides by one
 * to six, so that no column has a gap between two lists.
 */
const CARDS_A_LIST = 60;

function Lists({ rows: inPlace }: { rows: readonly ReportRow[] }) {
  const order = Object.keys(STATE_LABEL);
  const rows = inPlace
    .map((row, place) => ({ row, place, rank: order.indexOf(stateOf(row)) }))
    .sort((a, b) => a.rank - b.rank || a.place - b.place);
  const starts = Array.from(
    { length: Math.ceil(rows.length / CARDS_A_LIST) },
    (_, index) => index * CARDS_A_LIST,
  );
  return starts.map((start, index) => (
    // A list without bullets is no list to some screen readers.
    // biome-ignore lint/a11y/noRedundantRoles: see above
    <ul key={start} class="cards" role="list" aria-label={`Pictures, part ${index + 1}`}>
      {rows.slice(start, start + CARDS_A_LIST).map(({ row, place }) => (
        <Card key={place} row={row} place={place} />
      ))}
    </ul>
  ));
}
