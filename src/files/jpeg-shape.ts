import {
  damaged,
  type Flaw,
  type ImageShape,
  NO_END,
  TRUNCATED,
  unshown,
} from "./image-problem.ts";
import { AC, type HuffmanTable, isWholeScan, type Scan } from "./jpeg-scan.ts";

const MARKER = 0xff;
const TEM = 0x01;
const SOF0 = 0xc0;
const SOF2 = 0xc2;
const DHT = 0xc4;
const RST0 = 0xd0;
const RST7 = 0xd7;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
/** From here on what applications write, and comments. */
const APP0 = 0xe0;

/** JPEGs that no browser shows, by the marker of their frame (ITU-T T.81, table B.1; T.87 for the last). */
const UNSHOWN = new Map([
  [0xc3, "lossless"],
  [0xc5, "hierarchical"],
  [0xc6, "hierarchical"],
  [0xc7, "lossless"],
  [0xc9, "arithmetic-coded"],
  [0xca, "arithmetic-coded"],
  [0xcb, "lossless"],
  [0xcd, "arithmetic-coded"],
  [0xce, "arithmetic-coded"],
  [0xcf, "lossless"],
  [0xf7, "lossless (JPEG-LS)"],
]);

/** What is known of a JPEG at some place in it: what the scans that follow are packed with. */
type State = Omit<Scan, "header" | "begin"> & {
  huffman: Map<number, HuffmanTable>;
  /** Numbers of the quantization tables that were given. */
  quantization: Set<number>;
};

/** A JPEG segment by segment, and over its scans, up to EOI (ITU-T T.81, B.1 and B.2). */
export function readJpeg(bytes: Buffer): ImageShape {
  const state: State = {
    frame: undefined,
    widthPx: 0,
    heightPx: 0,
    components: [],
    restartInterval: 0,
    huffman: new Map(),
    quantization: new Set(),
  };
  const scans: Scan[] = [];
  const flaw = walk(bytes, state, scans);
  const [first] = scans;
  const { widthPx, heightPx } = state;
  // Makers write things of their own behind a picture, some without an end between.
  const isUsable = flaw !== undefined && first !== undefined && isWholeScan(bytes, first);
  return { widthPx, heightPx, flaw: isUsable ? NO_END : flaw };
}

function walk(bytes: Buffer, state: State, scans: Scan[]): Flaw | undefined {
  // Decoders pass over stray bytes in front of a marker, and so do we.
  let at = bytes.indexOf(MARKER, 2);
  while (at !== -1 && at + 1 < bytes.length) {
    const code = bytes[at + 1] ?? 0;
    if (code === EOI) return scans.length === 0 ? damaged("it has no pixels") : undefined;
    if (code === SOI) return damaged("another image begins in it");
    const next = standsAlone(code) ? at + 1 : walkSegment(bytes, at, state, scans);
    if (typeof next !== "number") return next;
    at = bytes.indexOf(MARKER, next);
  }
  return TRUNCATED;
}

/** Where the segment at `at` ends, its scan included; or what is wrong with it. */
function walkSegment(bytes: Buffer, at: number, state: State, scans: Scan[]): number | Flaw {
  const end = at + 4 > bytes.length ? Infinity : at + 2 + bytes.readUInt16BE(at + 2);
  if (end > bytes.length) return TRUNCATED;
  const code = bytes[at + 1] ?? 0;
  if (code >= APP0) return UNSHOWN.has(code) ? readUnshown(code) : end;
  const body = bytes.subarray(at + 4, end);
  const flaw = readSegment(code, body, state);
  if (flaw || code !== SOS) return flaw ?? end;
  scans.push({ ...state, huffman: new Map(state.huffman), header: body, begin: end });
  return scanEnd(bytes, end);
}

/** A stuffed or a fill byte, or a marker without a length. */
function standsAlone(code: number): boolean {
  return code === 0 || code === MARKER || code === TEM || (code >= RST0 && code <= RST7);
}

function readUnshown(code: number): Flaw {
  return unshown(`${UNSHOWN.get(code)} JPEG`);
}

/** Takes in what a segment says; gives what makes the picture one that is not shown. */
function readSegment(code: number, body: Buffer, state: State): Flaw | undefined {
  if (UNSHOWN.has(code)) return readUnshown(code);
  if (code >= SOF0 && code <= SOF2) return readFrame(code, body, state);
  switch (code) {
    case DHT:
      return readHuffmanTables(body, state);
    case DQT:
      return readQuantizationTables(body, state);
    case DRI:
      if (body.length < 2) return damaged("a part of it is too short");
      state.restartInterval = body.readUInt16BE(0);
      return undefined;
    case SOS:
      return checkScan(body, state);
    default:
      return undefined;
  }
}

/** Precision, height, width, and three bytes for each component (B.2.2). */
function readFrame(code: number, body: Buffer, state: State): Flaw | undefined {
  if (state.frame !== undefined) return damaged("it has two headers");
  const count = body[5] ?? 0;
  if (body.length < 6 + 3 * count) return damaged("its header is too short");
  const precision = body[0] ?? 0;
  if (precision !== 8) return unshown(`JPEG with ${precision} bits a color`);
  if (![1, 3, 4].includes(count)) return unshown(`JPEG with ${count} colors`);
  state.frame = code;
  state.heightPx = body.readUInt16BE(1);
  state.widthPx = body.readUInt16BE(3);
  state.components = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0, quantization = 0] = body.subarray(6 + 3 * index);
    return { id, across: sampling >> 4, down: sampling & 15, quantization };
  });
  const isSampled = (times: number) => times >= 1 && times <= 4;
  const areLegal = state.components.every((one) => isSampled(one.across) && isSampled(one.down));
  if (!areLegal) return damaged("its header has values that JPEG does not have");
  return undefined;
}

/** Of each table its class and number, how many codes have each length, and what the codes mean (B.2.4.2). */
function readHuffmanTables(body: Buffer, { huffman }: State): Flaw | undefined {
  for (let at = 0; at < body.length; ) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const end = at + 17 + total;
    if (!areCodes(counts) || end > body.length) return damaged("one of its tables (DHT) is broken");
    huffman.set(body[at] ?? 0, { counts, symbols: body.subarray(at + 17, end) });
    at = end;
  }
  return undefined;
}

/** Whether so many codes of 1, 2, … bits fit beside each other, none the beginning of another. */
function areCodes(counts: Uint8Array): boolean {
  let free = 1;
  return (
    counts.length === 16 &&
    counts.every((count) => {
      free = 2 * free - count;
      return free >= 0;
    })
  );
}

/** Of each table its precision and number, then 64 values (B.2.4.1). */
function readQuantizationTables(body: Buffer, { quantization }: State): Flaw | undefined {
  for (let at = 0; at < body.length; ) {
    const head = body[at] ?? 0;
    const end = at + 1 + (head >> 4 === 0 ? 64 : 128);
    if (end > body.length) return damaged("one of its tables (DQT) is broken");
    quantization.add(head & 15);
    at = end;
  }
  return undefined;
}

/** The number of components, two bytes for each, and three more: which coefficients, and which of their bits (B.2.3). */
function checkScan(body: Buffer, state: State): Flaw | undefined {
  const { frame, components, quantization } = state;
  if (frame === undefined) return damaged("it has no header");
  const count = body[0] ?? 0;
  const parts = Array.from({ length: count }, (_, index) => {
    const [id, tables = 0] = body.subarray(1 + 2 * index);
    return { component: components.find((one) => one.id === id), tables };
  });
  const isLegal = count >= 1 && count <= 4 && body.length >= 4 + 2 * count;
  if (!isLegal || new Set(parts.map(({ component }) => component)).size < count) {
    return damaged("its pixels begin with values that JPEG does not have");
  }
  for (const { component, tables } of parts) {
    if (!component) return damaged("it has pixels of a color that its header does not name");
    const isPacked = frame === SOF2 || areGiven(tables, state);
    if (!isPacked || !quantization.has(component.quantization)) {
      return damaged("one of its tables is missing");
    }
  }
  const isOfItsKind = frame !== SOF2 || isProgressive(body.subarray(1 + 2 * count), count);
  return isOfItsKind ? undefined : damaged("its pixels begin with values that JPEG does not have");
}

/** Without any table decoders take those of the standard (K.3), as in frames of a video. */
function areGiven(numbers: number, { huffman }: State): boolean {
  return huffman.size === 0 || (huffman.has(numbers >> 4) && huffman.has(AC + (numbers & 15)));
}

/** Table B.3, progressive. */
function isProgressive([first = 0, last = 0, bits = 0]: Buffer, components: number): boolean {
  const high = bits >> 4;
  const low = bits & 15;
  const isBand = first === 0 ? last === 0 : last >= first && last <= 63 && components === 1;
  return isBand && low <= 13 && (high === 0 || low === high - 1);
}

/** The first marker behind a scan's data, in which FF00 is a stuffed byte and RST markers are part. */
function scanEnd(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARKER, from);
  while (at !== -1) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && !(code >= RST0 && code <= RST7)) return at;
    at = bytes.indexOf(MARKER, at + 2);
  }
  return bytes.length;
}
