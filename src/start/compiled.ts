import { readFileSync, writeFileSync } from "node:fs";

/** Bytes of the seal in front of what V8 made. */
const SEAL_BYTES = 32;

/**
 * What V8 made of `code` when it was built, or undefined: only where nothing is other than it was then. V8's own
 * check is not enough. That of Node 20 takes what another release or processor made for its own, and the process
 * dies of it; none looks at the code beyond its length, nor for a damaged byte.
 */
export function readCompiled(file: string, code: string): Buffer | undefined {
  const kept = readIfThere(file);
  const compiled = kept?.subarray(SEAL_BYTES);
  return compiled && kept?.subarray(0, SEAL_BYTES).equals(sealOf(code, compiled))
    ? compiled
    : undefined;
}

/** Keeps what V8 made of `code` for `readCompiled`. */
export function keepCompiled(file: string, code: string, compiled: Buffer): void {
  writeFileSync(file, Buffer.concat([sealOf(code, compiled), compiled]));
}

/** SHA-256 of this very Node, the code and what was made of it. */
function sealOf(code: string, compiled: Buffer): Buffer {
  const { version, platform, arch, versions, config } = process;
  // Loaded here: `--version` needs none of it.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256")
    .update(JSON.stringify([version, platform, arch, versions, config, code.length]))
    .update(code, "latin1")
    .update(compiled)
    .digest();
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    // Without it the program starts more slowly, and does the same.
    return undefined;
  }
}
