import { readFileSync, realpathSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";

/** File systems of network drives and of folders that a virtual machine shares, by what Linux calls them. */
const NETWORK_DRIVES: readonly [RegExp, string][] = [
  [/^nfs/, "NFS"],
  [/^(cifs|smb)/, "SMB"],
  [/^9p$/, "9p"],
  [/^(afs|auristorfs|coda)$/, "AFS"],
  [/^(ceph|fuse\.ceph|glusterfs|fuse\.glusterfs|lustre|beegfs|gpfs)/, "a cluster file system"],
  [/^(davfs|fuse\.davfs)/, "WebDAV"],
  [/^fuse\.sshfs/, "SSHFS"],
  [/^fuse\.(rclone|s3fs|gcsfuse|goofys|blobfuse|google-drive|gvfs|onedriver|mergerfs)/, "FUSE"],
  [/^(vboxsf|fuse\.vmhgfs|prl_fs)/, "a virtual machine's shared folder"],
];

/**
 * What kind of network drive a file lies on, or would lie on; undefined for a disk of this computer, and where the
 * system does not tell. On Windows only a path that names another computer tells.
 */
function networkDriveOf(file: string): string | undefined {
  if (process.platform === "win32") return /^\\\\[^?.]/.test(resolve(file)) ? "SMB" : undefined;
  const type = fileSystemOf(nearestReal(resolve(file)), readMounts());
  return type && NETWORK_DRIVES.find(([types]) => types.test(type))?.[1];
}

/** What is said of a ledger on a network drive, and what to do about it. */
export function networkDriveProblem(
  file: string,
  shown: string,
): { message: string; hint: string } | undefined {
  const drive = networkDriveOf(file);
  if (drive === undefined) return undefined;
  return {
    message: `${shown} is on a network drive (${drive}), where locks and writes are not sure to hold`,
    hint: "keep the ledger on a disk of this computer: --ledger with a file there",
  };
}

/** Empty where the system has no such list. */
function readMounts(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
}

/** The real path of a file, or of the folder next to it that is there. */
function nearestReal(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : nearestReal(dirname(path));
  }
}

/** proc_pid_mountinfo(5): the fifth field is where it is mounted, the first behind the dash its type. The last one counts. */
export function fileSystemOf(path: string, mountinfo: string): string | undefined {
  let found = { at: "", type: "" };
  for (const line of mountinfo.split("\n")) {
    const [mount = "", rest = ""] = line.split(" - ");
    const at = unescapeOctal(mount.split(" ")[4] ?? "");
    const isAbove = path === at || path.startsWith(at.endsWith(sep) ? at : at + sep);
    if (at === "" || !isAbove || at.length < found.at.length) continue;
    found = { at, type: rest.split(" ")[0] ?? "" };
  }
  return found.type === "" ? undefined : found.type;
}

/** Blanks and the like are written as `\040`, byte by byte. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
