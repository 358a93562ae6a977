import { type Comparison, compareGraphic } from "../../jobs/compare-graphic.ts";
import type { Job } from "../../jobs/open-job.ts";
import { openSandbox } from "../../jobs/service.ts";
import type { Image } from "../../manifest/image.ts";
import type { IdMatch } from "../../plan/match-ids.ts";
import { openGraphicReader } from "../../qualtrics/fetch-graphic.ts";
import { graphicUrl } from "../../qualtrics/host.ts";
import type { CommonOptions } from "../common-options.ts";

/** An id with its URL, and how the graphic there compares with the row's file. */
export type CheckedId = IdMatch & Comparison & { url: string };

/** Fetches each id's graphic from the job's service, without a token, and compares it with the row's file. */
export async function checkIds(
  job: Job,
  matches: readonly IdMatch[],
  options: Pick<CommonOptions, "concurrency" | "maxSize">,
): Promise<CheckedId[]> {
  const service = await openService(job);
  const reader = openGraphicReader(options.concurrency, { maxBytes: options.maxSize * 2 });
  const pictureAt = new Map(job.manifest.rows.map((row, index) => [row, job.images[index]]));
  const checked: CheckedId[] = [];
  const pending = matches.entries();
  const worker = async () => {
    for (const [index, match] of pending) {
      const url = graphicUrl(service.baseUrl, match.graphicId);
      const image = pictureAt.get(match.row);
      checked[index] = { ...match, url, ...(await compareGraphic(reader, expected(url, image))) };
    }
  };
  try {
    await Promise.all(Array.from({ length: options.concurrency }, worker));
    return checked;
  } finally {
    await reader.close();
    await service.close();
  }
}

function expected(url: string, image: Image | undefined) {
  return { url, sha256: image?.sha256 ?? "", image: async () => image };
}

/** Where graphics can be seen; the built-in sandbox listens elsewhere each time. */
async function openService({ target, paths }: Job) {
  const { baseUrl } = target;
  return baseUrl === null ? openSandbox(paths, target) : { baseUrl, close: async () => {} };
}
