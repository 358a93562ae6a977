import { rm } from "node:fs/promises";
import { targetOf, writeRefusal } from "./replace-file.ts";

/** Removes a file if it is there. A `UserError` where something else stands there, or the disk or its rights forbid it. */
export async function removeFile(path: string): Promise<void> {
  try {
    await targetOf(path);
    await rm(path, { force: true });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}
