import { UserError } from "../user-error.ts";

/** Of sharp (Apache-2.0), what is used: whoever does not convert need not have it. */
interface Sharp {
  metadata(): Promise<{
    width: number;
    height: number;
    format?: string;
    pages?: number;
    hasAlpha?: boolean;
    autoOrient?: { width: number; height: number };
  }>;
  rotate(): Sharp;
  removeAlpha(): Sharp;
  resize(size: {
    width: number;
    height?: number;
    fit?: "inside";
    withoutEnlargement?: boolean;
  }): Sharp;
  png(options: { compressionLevel?: number; palette?: boolean }): Sharp;
  jpeg(options: { quality: number }): Sharp;
  gif(): Sharp;
  toBuffer(): Promise<Buffer>;
}

type MakeSharp = (bytes: Buffer, options: object) => Sharp;

/** Of heic-decode (ISC; its decoder is LGPL-3.0, so that it is never part of our bundle), what is used. */
type DecodeHeic = (source: {
  buffer: Buffer;
}) => Promise<{ width: number; height: number; data: Uint8ClampedArray }>;

type ConvertedType = "png" | "jpg" | "gif";

/** What a conversion made; a sentence where it could not. */
type Converted = { bytes: Buffer; type: ConvertedType } | { why: string };

/** Loads a package that is installed only where somebody wants it; a `UserError` says how. */
async function loadOptional<Module>(name: string, isFor: string): Promise<Module> {
  try {
    return ((await import(name)) as { default: Module }).default;
  } catch {
    throw new UserError("CONVERTER_MISSING", `${isFor} needs the package '${name}'`, {
      hint: `install it beside qgfx: npm install --global ${name} (in a project: npm install ${name})`,
    });
  }
}

const FULL = 1;
const SCALES = [FULL, 0.85, 0.7, 0.55, 0.4, 0.3, 0.2, 0.1];
const QUALITIES = [90, 80];

/** An image of any type that browsers do not show, or that is too large, as PNG, JPEG or GIF of at most `maxBytes`. */
export async function convertImage(bytes: Buffer, maxBytes: number): Promise<Converted> {
  const sharp = await loadOptional<MakeSharp>("sharp", "--convert");
  const source = isHeic(bytes) ? await openHeic(sharp, bytes) : await open(sharp, bytes);
  if ("why" in source) return source;
  try {
    for (const scale of SCALES) {
      for (const attempt of attemptsOf(source)) {
        const width = Math.max(1, Math.round(source.width * scale));
        const image = scale === FULL ? source.make() : source.make().resize({ width });
        const made = await attempt.encode(image).toBuffer();
        if (made.length <= maxBytes) return { bytes: made, type: attempt.type };
      }
    }
    return { why: "it is too large even at a tenth of its width" };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

interface Source {
  make: () => Sharp;
  width: number;
  hasAlpha: boolean;
  isAnimated: boolean;
  /** A photo loses nothing that anybody sees as JPEG; a drawing does. */
  isPhoto: boolean;
}

const PHOTO_FORMATS = ["jpeg", "webp", "heif"];

/** Turned as its EXIF data says: what is uploaded has none. */
async function open(sharp: MakeSharp, bytes: Buffer): Promise<Source | { why: string }> {
  try {
    const data = await sharp(bytes, { failOn: "error" }).metadata();
    const isAnimated = (data.pages ?? 1) > 1 && (data.format === "webp" || data.format === "gif");
    return {
      make: () => sharp(bytes, { failOn: "error", animated: isAnimated }).rotate(),
      width: data.autoOrient?.width ?? data.width,
      hasAlpha: data.hasAlpha === true,
      isAnimated,
      isPhoto: PHOTO_FORMATS.includes(data.format ?? ""),
    };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

function isHeic(bytes: Buffer): boolean {
  const brand = bytes.toString("latin1", 4, 12);
  return /^ftyp(heic|heix|hevc|heim|heis|mif1|msf1)$/.test(brand) && !bytes.includes("avif");
}

/** The decoder turns the photo itself. */
async function openHeic(sharp: MakeSharp, bytes: Buffer): Promise<Source | { why: string }> {
  const decode = await loadOptional<DecodeHeic>("heic-decode", "a HEIC photo");
  try {
    const { width, height, data } = await decode({ buffer: bytes });
    const raw = { width, height, channels: 4 };
    const make = () => sharp(Buffer.from(data), { raw }).removeAlpha();
    return { make, width, hasAlpha: false, isAnimated: false, isPhoto: true };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

interface Attempt {
  type: ConvertedType;
  encode: (image: Sharp) => Sharp;
}

function attemptsOf({ hasAlpha, isAnimated, isPhoto }: Source): Attempt[] {
  if (isAnimated) return [{ type: "gif", encode: (image) => image.gif() }];
  const png: Attempt = { type: "png", encode: (image) => image.png({ compressionLevel: 9 }) };
  const jpegs = QUALITIES.map(
    (quality): Attempt => ({ type: "jpg", encode: (image) => image.jpeg({ quality }) }),
  );
  if (hasAlpha) return [png];
  return isPhoto ? jpegs : [png, ...jpegs];
}

/** Makes a small copy of an image that browsers show. */
export type MakeThumbnail = (bytes: Buffer) => Promise<Thumbnail>;
export interface Thumbnail {
  bytes: Buffer;
  contentType: string;
}

/** A page shows images at half of this, so that they stay sharp on dense screens. */
const THUMBNAIL_PX = { width: 320, height: 320 };
const THUMBNAIL_QUALITY = 80;

/** Undefined where sharp is not installed, or not for this computer. What the function cannot read it throws at. */
export async function openThumbnails(): Promise<MakeThumbnail | undefined> {
  const sharp = await loadOptional<MakeSharp>("sharp", "a thumbnail").catch(() => undefined);
  if (!sharp) return undefined;
  return async (bytes) => {
    // A photo that is damaged at its end is shown as far as it goes, as browsers do.
    const { hasAlpha } = await sharp(bytes, { failOn: "none" }).metadata();
    const small = sharp(bytes, { failOn: "none" })
      .rotate()
      .resize({ ...THUMBNAIL_PX, fit: "inside", withoutEnlargement: true });
    return hasAlpha
      ? { bytes: await small.png({ palette: true }).toBuffer(), contentType: "image/png" }
      : {
          bytes: await small.jpeg({ quality: THUMBNAIL_QUALITY }).toBuffer(),
          contentType: "image/jpeg",
        };
  };
}

function reasonOf(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return `it cannot be read (${line})`;
}
