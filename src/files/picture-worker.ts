import { parentPort, workerData } from "node:worker_threads";
import type { PictureQuestion, PictureReply, PictureThreadData } from "./picture-threads.ts";
import { readPictureNow } from "./read-picture-now.ts";

const { dirs, maxBytes } = workerData as PictureThreadData;

parentPort?.on("message", ({ id, paths, wantsBytes }: PictureQuestion) => {
  const found = paths.map((path) => readPictureNow(path, dirs, maxBytes));
  const pictures = found.map((one) => one?.picture);
  const [bytes] = wantsBytes ? found.map((one) => one?.bytes) : [];
  const reply: PictureReply = { id, pictures, bytes };
  parentPort?.postMessage(reply, bytes ? [bytes.buffer] : []);
});
