import { parentPort, workerData } from "node:worker_threads";
import type {
  PictureQuestion,
  PictureReply,
  PictureThreadData,
  SeenPicture,
} from "./picture-threads.ts";
import { readPictureNow, seePictureIn } from "./read-picture-now.ts";
import { RealFolders } from "./real-folders.ts";

const { dirs, maxBytes } = workerData as PictureThreadData;
const folders = new RealFolders(dirs);

parentPort?.on("message", (question: PictureQuestion) => {
  if (question.wantsBytes) sendBytes(question);
  else parentPort?.postMessage(look(question));
});

/** Only a moment goes by between the first of a manifest's pictures and its last. */
function look({ id, paths }: PictureQuestion): PictureReply {
  const seen = paths.map((path): SeenPicture | undefined => {
    const found = seePictureIn(folders, path, maxBytes) ?? readPictureNow(path, dirs, maxBytes);
    return found && { picture: found.picture, stamp: found.stamp };
  });
  return { id, seen, bytes: undefined };
}

/** A run may take hours: here each part of the path is looked at anew. */
function sendBytes({ id, paths: [path] }: PictureQuestion): void {
  const found = path === undefined ? undefined : readPictureNow(path, dirs, maxBytes);
  const seen = [found && { picture: found.picture, stamp: undefined }];
  const reply: PictureReply = { id, seen, bytes: found?.bytes };
  parentPort?.postMessage(reply, found ? [found.bytes.buffer] : []);
}
