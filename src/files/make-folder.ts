import { mkdir } from "node:fs/promises";
import { writeRefusal } from "./write-refusal.ts";

/** Makes a folder, and those above it. A `UserError` where a file is in its place, or the disk or its rights forbid it. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw writeRefusal(path, error);
  }
}
