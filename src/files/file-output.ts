import { fstatSync, writeSync } from "node:fs";
import { Writable } from "node:stream";

/** Whether an open file is one on a disk, and no pipe, terminal or device. */
export function isOnDisk(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

/**
 * Writes what it is given whole into an open file, or fails and takes no more. Node's own stream for a file takes a
 * part for the whole: on a full disk the system writes a part and reports no error until the next call.
 */
export function fileOutput(fd: number): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
