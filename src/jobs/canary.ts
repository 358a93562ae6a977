import type { Canary, CanaryRow } from "../execute/canary.ts";
import { type GraphicReader, openGraphicReader } from "../qualtrics/fetch-graphic.ts";
import { compareGraphic } from "./compare-graphic.ts";
import type { Job } from "./open-job.ts";

const MOST_TOLD = 3;

/** The canary `--canary` asks for: its rows are fetched back from their URLs and must be what was sent. */
export function createCanary({ options, host }: Job, rows: number): Canary {
  const problemOf = async (reader: GraphicReader, { upload, url }: CanaryRow) => {
    const image = async () => upload.image;
    const { message } = await compareGraphic(reader, { url, sha256: upload.image.sha256, image });
    return message === null
      ? []
      : [`${upload.row.folder}/${upload.row.name} came back as ${message}`];
  };
  return {
    rows,
    check: async (uploaded) => {
      const reader = openGraphicReader(1, { maxBytes: options.maxSize * 2 });
      const problems: string[] = [];
      try {
        for (const row of uploaded) problems.push(...(await problemOf(reader, row)));
      } finally {
        await reader.close();
      }
      if (problems.length > 0) return problems.slice(0, MOST_TOLD).join("; ");
      const text = `canary: ${uploaded.length} fetched back, the same bytes`;
      host.watcher.tell({ kind: "note", text });
      return undefined;
    },
  };
}
