/** Of sharp, what tests make images with. */
interface Sharp {
  webp(): Sharp;
  tiff(): Sharp;
  png(): Sharp;
  jpeg(options: object): Sharp;
  withMetadata(options: object): Sharp;
  toBuffer(): Promise<Buffer>;
}
export type MakeSharp = (source: object, options?: object) => Sharp;

// By a name that no compiler follows: who has no sharp runs the other tests all the same.
const SHARP = "sharp";
export const sharp = await import(SHARP).then(
  (module: { default: MakeSharp }) => module.default,
  () => undefined,
);

/** One color. */
export const plain = (width: number, height: number) => ({
  create: { width, height, channels: 3, background: { r: 200, g: 80, b: 20 } },
});

/** Pixels that nothing makes smaller. */
export function noise(width: number, height: number): [Buffer, object] {
  const bytes = Buffer.alloc(width * height * 3);
  let state = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return [bytes, { raw: { width, height, channels: 3 } }];
}
