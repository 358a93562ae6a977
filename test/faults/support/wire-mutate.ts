/** Draws numbers in [0, 1); `seededRandom` of test/execute makes one. */
export type Random = () => number;

/** What trips readers of text: quotes, breaks, marks of other encodings, YAML's signs, JSON's. */
const TOKENS = [
  '"',
  "''",
  ",",
  ";",
  "\t",
  "\r",
  "\n",
  "\r\n",
  "\0",
  "\u00ef\u00bb\u00bf",
  "\u00ff\u00fe",
  "\u00fe\u00ff",
  "\u00ff",
  "\u00c3\u0028",
  "\u00ed\u00a0\u0080",
  "\u00f4\u0090\u0080\u0080",
  "&a ",
  "*a",
  "!!binary ",
  "!<x> ",
  "<<: ",
  "? ",
  "- ",
  "|\n",
  ">-\n",
  "{",
  "[",
  "}]",
  "---\n",
  "...\n",
  "%YAML 9.9\n",
  "# ",
  ": ",
  "graphicId",
  "sha256",
  "__proto__",
  "constructor",
  "sep=;\n",
  "../",
  "1e999",
  "null",
  "\\ud800",
  "IM_",
];

/** A change or a few: bit flips, cuts, splices, repeated chunks, stray tokens, another encoding. */
export function mutate(source: Buffer, others: readonly Buffer[], random: Random): Buffer {
  const changes = 1 + Math.floor(random() ** 3 * 5);
  let bytes: Buffer = Buffer.from(source);
  for (let done = 0; done < changes; done += 1) bytes = change(bytes, others, random);
  return bytes;
}

/** Changes that keep a file's length, as a bad disk makes them, and now and then a cut. */
export function damage(source: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(source);
  const changes = 1 + Math.floor(random() * 8);
  for (let done = 0; done < changes; done += 1) damageOnce(bytes, random);
  return random() < 0.15 ? bytes.subarray(0, below(random, bytes.length + 1)) : bytes;
}

function damageOnce(bytes: Buffer, random: Random): void {
  // The header and the first page hold what everything else hangs on.
  const reach = random() < 0.3 ? Math.min(bytes.length, 200) : bytes.length;
  const at = below(random, reach);
  const length = Math.min(bytes.length - at, 1 + below(random, 512));
  switch (below(random, 5)) {
    case 0:
      bytes[at] = below(random, 256);
      return;
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
      return;
    case 2:
      bytes.fill(0, at, at + length);
      return;
    case 3:
      bytes.copy(bytes, at, below(random, bytes.length - length + 1), bytes.length);
      return;
    default:
      for (let one = at; one < at + length; one += 1) bytes[one] = below(random, 256);
  }
}

function change(bytes: Buffer, others: readonly Buffer[], random: Random): Buffer {
  const from = below(random, bytes.length + 1);
  // Short stretches mostly: a file that is mostly whole goes deeper than one in ruins.
  const reach = random() < 0.8 ? 12 : bytes.length;
  const to = Math.min(bytes.length, from + below(random, reach));
  const cut = (middle: Buffer, after: number) =>
    Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(after)]);
  switch (below(random, 9)) {
    case 0:
      return flipped(bytes, random);
    case 1:
      return bytes.subarray(0, from);
    case 2:
      return cut(Buffer.alloc(0), to);
    case 3:
      return cut(Buffer.concat([bytes.subarray(from, to), bytes.subarray(from, to)]), to);
    case 4:
      return cut(chunkOf(others[below(random, others.length)] ?? bytes, random), to);
    case 5:
      return random() < 0.3 ? recoded(bytes, random) : flipped(bytes, random);
    default:
      return cut(Buffer.from(TOKENS[below(random, TOKENS.length)] ?? "", "latin1"), from);
  }
}

function flipped(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const at = below(random, copy.length);
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
  return copy;
}

function chunkOf(bytes: Buffer, random: Random): Buffer {
  const from = below(random, bytes.length);
  return bytes.subarray(from, from + 1 + below(random, 200));
}

/** As another program might save it; seldom whole. */
function recoded(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString("utf8");
  switch (below(random, 4)) {
    case 0:
      return Buffer.from(`\ufeff${text}`, "utf16le");
    case 1:
      return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
    case 2:
      return Buffer.from(`\ufeff${text}`, "utf8");
    default:
      return Buffer.from(text, "latin1");
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
