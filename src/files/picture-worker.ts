import { parentPort, workerData } from "node:worker_threads";
import { BufferPool } from "./buffer-pool.ts";
import type {
  ExpectedFile,
  PictureQuestion,
  PictureReply,
  PictureThreadData,
  SeenPicture,
} from "./picture-threads.ts";
import { readPictureNow, seePictureIn } from "./read-picture-now.ts";
import { readPicturesTogether } from "./read-together.ts";
import { RealFolders } from "./real-folders.ts";

const { dirs, maxBytes } = workerData as PictureThreadData;
const folders = new RealFolders(dirs);
const pool = new BufferPool();

parentPort?.on("message", (question: PictureQuestion) => {
  if ("memory" in question) pool.giveBack(question.memory);
  else if ("read" in question) sendBytes(question.id, question.read);
  else send({ id: question.id, seen: question.look.map(look) });
});

/** Only a moment goes by between the first of a manifest's pictures and its last. */
function look(path: string): SeenPicture | undefined {
  const found = seePictureIn(folders, path, maxBytes) ?? readPictureNow(path, dirs, maxBytes);
  return found && { image: found.image, stamp: found.stamp };
}

/** A run may take hours: here each part of a path is looked at anew. */
function sendBytes(id: number, files: readonly ExpectedFile[]): void {
  const { memory, read } = readPicturesTogether(files, dirs, pool);
  send({ id, read }, [memory]);
}

function send(reply: PictureReply, moved: ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, moved);
}
