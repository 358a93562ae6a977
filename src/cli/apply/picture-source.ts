import type { ReadPicture } from "../../execute/execute-uploads.ts";
import { readPicture } from "../../files/inspect-picture.ts";
import type { ImageLimits } from "../../files/picture-place.ts";
import type { PictureThreads, ReadBytes } from "../../files/picture-threads.ts";
import { isStill } from "../../files/still.ts";
import type { FileStamp } from "../../manifest/known-image.ts";
import type { PlannedRow } from "../../plan/planned-row.ts";
import { ReadAhead } from "./read-ahead.ts";

/** A picture's bytes, or why they are not those the plan was made from. */
type Read = ReadPicture | { problem: string };

/** Where the pictures of a run come from; each is asked for once, in the order of the uploads. */
export interface PictureSource {
  read(upload: PlannedRow): Promise<Read>;
  close(): Promise<void>;
}

/** Fewer pictures are read before a thread has started. */
const WORTH_A_THREAD = 200;

const MIB = 1024 * 1024;
/** Three of the largest pictures, or two seconds' worth of small ones. */
const AHEAD = { batchRows: 32, batchBytes: MIB, rows: 96, bytes: 16 * MIB };

/** A file that was read so short a time ago is not looked at again before it is sent. */
const FRESH_MS = 100;

/** Opens the pictures of a run: of many, some are read ahead by a thread. */
export async function openPictures(
  uploads: readonly PlannedRow[],
  limits: ImageLimits,
): Promise<PictureSource> {
  const threads = uploads.length < WORTH_A_THREAD ? undefined : await openThread(limits);
  if (!threads) return { read: (upload) => readNow(upload, limits), close: async () => {} };
  const ahead = new ReadAhead(uploads, (batch) => readTogether(batch, threads), AHEAD);
  return {
    read: async (upload) => {
      const found = await ahead.take(upload);
      return found && isPlanned(found, upload, limits) ? found.image : readNow(upload, limits);
    },
    close: () => threads.close(),
  };
}

async function openThread(limits: ImageLimits): Promise<PictureThreads | undefined> {
  const { PictureThreads } = await import("../../files/picture-threads.ts");
  return PictureThreads.open(limits, 1);
}

/** A picture that was read with others. */
interface ReadAlong {
  sha256: string;
  stamp: FileStamp;
  readAtMs: number;
  image: ReadPicture;
}

function isPlanned(
  { sha256, stamp, readAtMs }: ReadAlong,
  upload: PlannedRow,
  limits: ImageLimits,
): boolean {
  if (sha256 !== upload.image.sha256) return false;
  return Date.now() - readAtMs < FRESH_MS || isStill(upload.row.path, limits, stamp);
}

function readTogether(
  uploads: readonly PlannedRow[],
  threads: PictureThreads,
): Promise<ReadAlong | undefined>[] {
  const files = uploads.map(({ row, image }) => ({ path: row.path, bytes: image.sizeBytes }));
  const together = threads.read(files).then((read) => lend(read, threads));
  return uploads.map(async (_, index) => (await together)[index]);
}

/** Lends the memory of pictures that were read together; it goes back once each was released. */
function lend(
  read: readonly (ReadBytes | undefined)[],
  threads: PictureThreads,
): (ReadAlong | undefined)[] {
  let lent = read.length;
  const readAtMs = Date.now();
  const release = (memory: ArrayBuffer) => () => {
    lent -= 1;
    if (lent === 0) threads.giveBack(memory);
  };
  return read.map((one) => {
    if (!one) return undefined;
    const { sha256, stamp, bytes } = one;
    const room = { ...one.room, release: release(bytes.buffer) };
    return { sha256, stamp, readAtMs, image: { bytes, room } };
  });
}

/** Says what is wrong with a picture, too. */
async function readNow(upload: PlannedRow, limits: ImageLimits): Promise<Read> {
  const read = await readPicture(upload.row.path, limits);
  if ("problem" in read) return { problem: read.problem.message };
  if (read.image.sha256 === upload.image.sha256) return { bytes: read.bytes };
  return { problem: `${upload.row.path} changed after the plan was made; run apply again` };
}
