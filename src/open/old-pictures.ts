import { contentTypeOf } from "../files/image-shape.ts";
import { DEFAULT_MAX_BYTES } from "../jobs/options.ts";
import { resolvePaths } from "../jobs/paths.ts";
import { withGraphics } from "../jobs/service.ts";
import { graphicUrl } from "../plan/service.ts";
import { openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { parseHost } from "../qualtrics/host.ts";
import { openNetwork } from "../qualtrics/network.ts";
import { notFound, type Reply } from "./reply.ts";
import type { Workspace } from "./workspace.ts";

/**
 * The graphic that a row's would take the place of, by the row's id, or an orphan, by its own. Only what the plan names
 * is fetched, and only from where uploads go now.
 */
export async function readOldPicture(workspace: Workspace, id: string): Promise<Reply> {
  const { sheet, target, checked, jobHost } = workspace;
  const { plan } = checked.plan;
  const graphicId = plan && oldGraphic(workspace, id);
  const now = await target.describe(sheet.manifest?.library);
  const isThere = plan !== null && graphicId !== null && target.fetchesOld;
  // The embedded sandbox belongs to the run. A plan may be older than the choice of another target.
  const isOurs = !target.isSandbox || !workspace.isRunning;
  if (!isThere || !isOurs || now.host !== plan.target.host) throw notFound("such image");
  const paths = resolvePaths(sheet.place.path, target.jobOptions, "/");
  const { host, library } = plan.target;
  const service = target.isSandbox ? "sandbox" : parseHost(host).service;
  const limits = { maxBytes: DEFAULT_MAX_BYTES };
  const reader = openGraphicReader(1, limits, { network: openNetwork(jobHost.env) });
  const fetch = () =>
    withGraphics(paths, { service, host, library }, (baseUrl) =>
      reader.fetch(graphicUrl(baseUrl, graphicId)),
    );
  try {
    const found = await (target.isSandbox ? workspace.turns.take(fetch) : fetch());
    const contentType =
      found.kind === "bytes" ? contentTypeOf(Buffer.from(found.bytes)) : undefined;
    if (found.kind !== "bytes" || !contentType) throw notFound("such image");
    return { status: 200, contentType, body: found.bytes };
  } finally {
    await reader.close();
  }
}

/** The id of the graphic that is asked for, where the plan has it. */
function oldGraphic({ checked: { plan } }: Workspace, id: string): string | null {
  const actions = plan.plan?.actions ?? [];
  const found = id.startsWith("IM_")
    ? actions.find(({ action, graphicId }) => action === "orphan" && graphicId === id)
    : actions[/^\d{1,9}$/.test(id) ? plan.rows.indexOf(Number(id)) : -1];
  return found?.graphicId ?? null;
}
