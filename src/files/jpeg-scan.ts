/** How often a color of a frame is sampled in a block of pixels, and the number of its quantization table. */
interface Component {
  id: number;
  across: number;
  down: number;
  quantization: number;
}

/** A table as the stream has it: how many codes have 1, 2, … 16 bits, and what the codes mean, in their order. */
export interface HuffmanTable {
  counts: Uint8Array;
  symbols: Uint8Array;
}

/** A scan, with what was given before it. */
export interface Scan {
  /** The marker's second byte; undefined before it. */
  frame: number | undefined;
  widthPx: number;
  heightPx: number;
  components: readonly Component[];
  /** MCUs between restart markers; 0: there are none. */
  restartInterval: number;
  /** By class (16 for AC) and number. */
  huffman: ReadonlyMap<number, HuffmanTable>;
  header: Buffer;
  begin: number;
}

const PROGRESSIVE = 0xc2;
/** The class of a table of AC coefficients, before its number. */
export const AC = 16;

/**
 * Whether a scan holds every block of a picture that is stored in one scan, something follows it, and its end looks
 * like an encoder's: what is padded with zeros was cut off. It is decoded as far as that needs (ITU-T T.81, F.2).
 */
export function isWholeScan(bytes: Buffer, scan: Scan): boolean {
  const { frame, components, header, restartInterval } = scan;
  if (frame === PROGRESSIVE || header[0] !== components.length) return false;
  const blocks = blocksOf(scan);
  if (!blocks) return false;
  const reader = new BitReader(bytes, scan.begin);
  const mcus = mcuCount(scan);
  for (let mcu = 0; mcu < mcus; mcu += 1) {
    if (restartInterval > 0 && mcu > 0 && mcu % restartInterval === 0 && !reader.restart())
      return false;
    for (const { dc, ac } of blocks) if (!skipBlock(reader, dc, ac)) return false;
  }
  return reader.endsPadded();
}

/** The tables of each block of an MCU; undefined where one is missing. */
function blocksOf({ components, huffman, header }: Scan): { dc: Codes; ac: Codes }[] | undefined {
  const blocks: { dc: Codes; ac: Codes }[] = [];
  for (const [index, { across, down }] of components.entries()) {
    const numbers = header[2 + 2 * index] ?? 0;
    const dc = huffman.get(numbers >> 4);
    const ac = huffman.get(AC + (numbers & 15));
    if (!dc || !ac) return undefined;
    const tables = { dc: codesOf(dc), ac: codesOf(ac) };
    const count = components.length === 1 ? 1 : across * down;
    for (let block = 0; block < count; block += 1) blocks.push(tables);
  }
  return blocks;
}

const BLOCK_PX = 8;

function mcuCount({ widthPx, heightPx, components }: Scan): number {
  const isAlone = components.length === 1;
  const across = isAlone ? 1 : Math.max(...components.map((one) => one.across));
  const down = isAlone ? 1 : Math.max(...components.map((one) => one.down));
  return Math.ceil(widthPx / (BLOCK_PX * across)) * Math.ceil(heightPx / (BLOCK_PX * down));
}

/** By the number of bits and the bits themselves (`bits << 16 | code`), what a code means. */
type Codes = ReadonlyMap<number, number>;

function codesOf({ counts, symbols }: HuffmanTable): Codes {
  const codes = new Map<number, number>();
  let code = 0;
  let next = 0;
  for (const [index, count] of counts.entries()) {
    for (let one = 0; one < count; one += 1, code += 1, next += 1) {
      codes.set(((index + 1) << 16) | code, symbols[next] ?? 0);
    }
    code <<= 1;
  }
  return codes;
}

/** False where the bits are not those of a block. */
function skipBlock(reader: BitReader, dc: Codes, ac: Codes): boolean {
  const size = reader.symbol(dc);
  if (size === undefined || size > 11 || !reader.skip(size)) return false;
  for (let at = 1; at < BLOCK_PX * BLOCK_PX; at += 1) {
    const symbol = reader.symbol(ac);
    if (symbol === undefined) return false;
    const run = symbol >> 4;
    const bits = symbol & 15;
    if (bits === 0 && run < 15) return true;
    at += run;
    if (at >= BLOCK_PX * BLOCK_PX || !reader.skip(bits)) return false;
  }
  return true;
}

const LONGEST_CODE = 16;

/** As many bytes of zero as no encoder ends a picture with. */
const ZEROS = 16;

/** Of a marker's two bytes one alone is what a cut leaves. */
const TRAILER = 2;

/** Bits of a scan, the first the highest of its byte; a marker ends them. */
class BitReader {
  readonly #bytes: Buffer;
  #at: number;
  #byte = 0;
  #left = 0;

  constructor(bytes: Buffer, begin: number) {
    this.#bytes = bytes;
    this.#at = begin;
  }

  /** -1: there are no more. */
  #bit(): number {
    if (this.#left === 0) {
      const byte = this.#bytes[this.#at];
      const isMarker = byte === 0xff && this.#bytes[this.#at + 1] !== 0;
      if (byte === undefined || isMarker) return -1;
      this.#byte = byte;
      this.#at += byte === 0xff ? 2 : 1;
      this.#left = 8;
    }
    this.#left -= 1;
    return (this.#byte >> this.#left) & 1;
  }

  symbol(codes: Codes): number | undefined {
    let code = 0;
    for (let length = 1; length <= LONGEST_CODE; length += 1) {
      const bit = this.#bit();
      if (bit === -1) return undefined;
      code = (code << 1) | bit;
      const symbol = codes.get((length << 16) | code);
      if (symbol !== undefined) return symbol;
    }
    return undefined;
  }

  skip(count: number): boolean {
    for (let left = count; left > 0; left -= 1) if (this.#bit() === -1) return false;
    return true;
  }

  /** Passes over a restart marker; false where there is none. */
  restart(): boolean {
    const isMarker = this.#bytes[this.#at] === 0xff;
    const code = this.#bytes[this.#at + 1] ?? 0;
    if (!isMarker || code < 0xd0 || code > 0xd7) return false;
    this.#at += 2;
    this.#left = 0;
    return true;
  }

  /** Whether the last byte is filled with ones (F.1.2.3), no run of zeros comes before, and something follows. */
  endsPadded(): boolean {
    const ones = 2 ** this.#left - 1;
    const before = this.#bytes.subarray(this.#at - ZEROS, this.#at);
    const isFilled = (this.#byte & ones) === ones && before.some((byte) => byte !== 0);
    return isFilled && this.#at + TRAILER <= this.#bytes.length;
  }
}
