import { type ReportRow, type ShownImage, stateOf } from "../../report/report-page.ts";
import { formatBytes, REASON_TEXT } from "../../report/units.ts";
import { CopyButton } from "../shared/copy-button.tsx";
import { typeName } from "../shared/type-name.ts";
import { Faults } from "./faults.tsx";
import { QUIET, STATE_LABEL, STATE_MARK } from "./totals.tsx";

/** One row as a list item; `place` is its 0-based place in the manifest's order. `enhance.ts` reads its data. */
export function Card({ row, place }: { row: ReportRow; place: number }) {
  const { action, result } = row;
  const state = stateOf(row);
  return (
    <li
      class={QUIET.has(state) ? "card quiet" : "card"}
      data-place={place}
      data-state={state}
      data-action={action.action}
      data-folder={action.folder}
      data-name={action.name}
      data-bytes={action.bytes}
      data-type={action.contentType}
      data-id={ownId(row) ?? undefined}
    >
      <Shots row={row} />
      <div class="facts">
        <p class="name" dir="auto">
          {action.name}
        </p>
        <p class="place">
          <span class="hidden">in folder </span>
          <bdi>{action.folder}</bdi>
        </p>
        <p class={`state ${state}`}>
          <span class="mark" aria-hidden="true">
            {STATE_MARK[state]}
          </span>{" "}
          <b>{STATE_LABEL[state]}</b> <span class="why">{whyOf(row)}</span>
        </p>
        <p class="more">{detailsOf(row)}</p>
        <p class="more">{sourceOf(row)}</p>
        {result?.error ? <p class="error">{result.error}</p> : null}
        <Faults faults={row.faults} />
        <Old row={row} />
        <Id row={row} />
      </div>
    </li>
  );
}

/** The image, or the old one beside the new one. */
function Shots({ row: { action, image, old } }: { row: ReportRow }) {
  if (!old?.image) {
    return (
      <div class="shots">
        <Shot image={image} alt={action.name} />
      </div>
    );
  }
  return (
    <div class="shots">
      <figure>
        <Shot image={old.image} alt={`old ${old.name}`} />
        <figcaption>old</figcaption>
      </figure>
      <figure>
        <Shot image={image} alt={`new ${action.name}`} />
        <figcaption>new</figcaption>
      </figure>
    </div>
  );
}

function Shot({ image, alt }: { image: ShownImage; alt: string }) {
  if (image.kind === "absent") return <span class="absent">{image.why}</span>;
  const source = `data:${image.contentType};base64,${image.base64}`;
  return <img alt={alt} loading="lazy" decoding="async" src={source} />;
}

function Old({ row: { action, old } }: { row: ReportRow }) {
  if (!old) return null;
  const isMoved = old.folder !== action.folder || old.name !== action.name;
  return (
    <p class="old">
      {isMoved && (
        <>
          was <bdi>{`${old.folder}/${old.name}`}</bdi>;{" "}
        </>
      )}
      surveys that use <code>{old.graphicId}</code> keep the old picture{" "}
      <CopyButton text={old.graphicId} what="old id" name={action.name} />
    </p>
  );
}

/** The id with what people do with it. */
function Id({ row }: { row: ReportRow }) {
  const { action, url } = row;
  const id = ownId(row);
  if (id === null) return null;
  return (
    <p class="id">
      <code>{id}</code> <CopyButton text={id} what="id" name={action.name} />
      {url !== null && (
        <>
          {" "}
          <CopyButton text={url} what="link" name={action.name} />{" "}
          <a href={url} target="_blank" rel="noopener noreferrer">
            open<span class="hidden"> {action.name}</span>
          </a>
        </>
      )}
    </p>
  );
}

/** The id of the row's own image: what a plan would replace is not it. */
function ownId({ graphicId, old }: ReportRow): string | null {
  return graphicId === old?.graphicId ? null : graphicId;
}

function whyOf({ action, result }: ReportRow): string {
  if (!action.reason) return "";
  const reason = REASON_TEXT[action.reason];
  if (!result || result.status === "unchanged" || result.status === "unknown") return reason;
  return `${action.action}: ${reason}`;
}

function detailsOf({ action, widthPx, heightPx }: ReportRow): string {
  if (action.bytes === 0) return "";
  const size = widthPx && heightPx ? [`${widthPx} × ${heightPx}`] : [];
  return [typeName(action.contentType), ...size, formatBytes(action.bytes)].join(" · ");
}

function sourceOf({ action: { line, path } }: ReportRow): string {
  return line === null ? path : `line ${line}: ${path}`;
}
