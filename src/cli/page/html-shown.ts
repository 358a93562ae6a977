import type { Action } from "../../plan/action.ts";
import type { Graphic } from "../../plan/recorded.ts";
import { graphicUrl } from "../../qualtrics/host.ts";
import { choosePictures } from "../../report/html/choose-pictures.ts";
import type { ShownImage } from "../../report/html/report-page.ts";
import { formatBytes } from "../../report/units.ts";
import { DEFAULT_PICTURE_BYTES } from "./html-options.ts";
import { absent, fetchRemote, readLocal, type ShownBySha } from "./html-pictures.ts";
import type { PageSource } from "./html-source.ts";

/**
 * The pictures of a page: those of the manifest from their files, the others (replaced ones, orphans) from a
 * file that still has their bytes, else from the service where that was asked for. Nothing is sent otherwise.
 */
export async function gatherPictures(
  source: PageSource,
  olds: readonly Graphic[],
  sandboxUrl: string | undefined,
): Promise<ShownBySha> {
  const { job, plan, options } = source;
  const wanted = [...plan.actions, ...olds];
  const chosen = choosePictures(
    wanted.map(({ sha256, bytes }) => ({ sha256, sizeBytes: bytes })),
    options.htmlPictures ?? DEFAULT_PICTURE_BYTES,
  );
  const limits = { ...job.paths, maxBytes: options.maxSize };
  const local = await readLocal(
    wanted.filter(({ sha256 }) => chosen.has(sha256)),
    limits,
  );
  const gone = [...orphansOf(plan.actions, source), ...olds].filter(
    ({ sha256 }) => chosen.has(sha256) && !local.has(sha256),
  );
  const remote = await fetchGone(source, gone, sandboxUrl);
  return new Map([...leftOut(wanted, chosen), ...local, ...remote]);
}

function orphansOf(actions: readonly Action[], { recorded }: PageSource): Graphic[] {
  return actions.flatMap(({ action, graphicId }) =>
    action === "orphan" ? (recorded.get(graphicId ?? "") ?? []) : [],
  );
}

function leftOut(
  wanted: readonly { sha256: string; bytes: number }[],
  chosen: ReadonlySet<string>,
): [string, ShownImage][] {
  return wanted
    .filter(({ sha256 }) => !chosen.has(sha256))
    .map(({ sha256, bytes }) => [
      sha256,
      absent(`${formatBytes(bytes)}: left out to keep the page small (--html-pictures)`),
    ]);
}

/** The embedded sandbox is part of this process, so asking it sends nothing. */
async function fetchGone(
  { job, options }: PageSource,
  gone: readonly Graphic[],
  sandboxUrl: string | undefined,
): Promise<ShownBySha> {
  const { baseUrl, library } = job.target;
  if (gone.length === 0) return new Map();
  if (baseUrl !== null) {
    if (options.htmlOld !== true) return notAsked(gone);
    return fetchRemote(
      gone.map(({ sha256, url, graphicId }) => ({
        sha256,
        url: url || graphicUrl(baseUrl, graphicId),
      })),
      options.maxSize,
    );
  }
  const fetchAt = (origin: string) =>
    fetchRemote(
      gone.map(({ sha256, graphicId }) => ({ sha256, url: graphicUrl(origin, graphicId) })),
      options.maxSize,
    );
  if (sandboxUrl !== undefined) return fetchAt(sandboxUrl);
  const { startSandbox } = await import("../../sandbox/start-sandbox.ts");
  const sandbox = await startSandbox({ storeDir: job.paths.sandboxStore, library });
  try {
    return await fetchAt(sandbox.url);
  } finally {
    await sandbox.close();
  }
}

function notAsked(gone: readonly Graphic[]): ShownBySha {
  return new Map(
    gone.map(({ sha256 }) => [sha256, absent("not kept here (--html-old fetches it)")]),
  );
}
