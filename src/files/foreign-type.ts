/** What a file is that is no PNG, JPEG or GIF, and how it becomes one. */
interface ForeignType {
  /** As in "is a WebP image". */
  what: string;
  hint: string;
  /** Whether `--convert` makes an image of it. */
  isConvertible: boolean;
}

const EXPORT = "open it in an image program and export it as PNG or JPEG; renaming is not enough";
const CONVERT = "export it as PNG or JPEG (renaming is not enough), or give apply --convert DIR";
const PAGE = "export the page or drawing it shows as PNG";
const STILL = "upload it as media in Qualtrics, or save one image of it as PNG";
const NOT_AN_IMAGE = "write the path of an image, or delete the row";

const other = (what: string, hint: string): ForeignType => ({ what, hint, isConvertible: false });
const convertible = (what: string): ForeignType => ({ what, hint: CONVERT, isConvertible: true });

/** By MIME type, as `file-type` names it. */
const KINDS: Readonly<Record<string, ForeignType>> = {
  "image/heic": convertible("a HEIC photo, as iPhones take it"),
  "image/heic-sequence": convertible("a HEIC photo, as iPhones take it"),
  "image/heif": convertible("a HEIF photo"),
  "image/heif-sequence": convertible("a HEIF photo"),
  "image/webp": convertible("a WebP image"),
  "image/avif": convertible("an AVIF image"),
  "image/tiff": convertible("a TIFF image"),
  "image/svg+xml": convertible("an SVG drawing"),
  "image/bmp": other("a BMP image", EXPORT),
  "image/x-icon": other("a Windows icon", EXPORT),
  "image/icns": other("a macOS icon", EXPORT),
  "image/jxl": other("a JPEG XL image", EXPORT),
  "image/jp2": other("a JPEG 2000 image", EXPORT),
  "image/jls": other("a JPEG-LS image", EXPORT),
  "image/x-tga": other("a TGA image", EXPORT),
  "image/vnd.adobe.photoshop": other("a Photoshop file", EXPORT),
  "image/x-xcf": other("a GIMP file", EXPORT),
  "application/pdf": other("a PDF document", PAGE),
  "application/postscript": other("a PostScript file", PAGE),
  "application/eps": other("an EPS drawing", PAGE),
  "application/zip": other("a zip archive", "unpack it, and write the paths of the images in it"),
  "application/xml": other("an XML file", NOT_AN_IMAGE),
  "text/plain": other("a text file", NOT_AN_IMAGE),
  "text/html": other("a web page", "download the image itself, not the page that shows it"),
  "text/x-git-lfs": other("a placeholder of Git LFS", "fetch the image with: git lfs pull"),
};

const RAW_PHOTO = /^image\/x-(canon|nikon|sony|olympus|panasonic|fujifilm|adobe)/;

const TIFF = /^(II\*\0|MM\0\*)$/;

/** Bytes that are enough to name a type. */
export const TYPE_BYTES = 4_100;

/** What the first bytes of a file, which is not empty, say that it is. */
export async function foreignTypeOf(bytes: Buffer): Promise<ForeignType> {
  const start = bytes.subarray(0, TYPE_BYTES);
  const { fileTypeFromBuffer } = await import("file-type");
  const told =
    unsignedType(start) ?? (await fileTypeFromBuffer(start).catch(() => undefined))?.mime;
  // Where its directory lies further behind, the first bytes are all that tells.
  const mime = told ?? (TIFF.test(start.toString("latin1", 0, 4)) ? "image/tiff" : undefined);
  if (mime === undefined) return other("not an image of a known type", NOT_AN_IMAGE);
  const kind = KINDS[mime];
  if (kind) return kind;
  if (RAW_PHOTO.test(mime)) return other("a camera's raw photo", EXPORT);
  if (mime.startsWith("image/")) return other(`an image of the type ${mime}`, EXPORT);
  if (mime.startsWith("video/")) return other(`a video (${mime})`, STILL);
  if (mime.startsWith("audio/")) return other(`a sound (${mime})`, STILL);
  return other(`a file of the type ${mime}`, NOT_AN_IMAGE);
}

/** Of texts and TGA images, which have no signature: other types are taken for theirs. */
function unsignedType(start: Buffer): string | undefined {
  if (isTga(start)) return "image/x-tga";
  const text = start.toString("latin1");
  if (/^(\xff\xfe|\xfe\xff)/.test(text)) return isUtf16(start) ? "text/plain" : undefined;
  if (/^(\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)/i.test(text) && /<svg[\s>/]/.test(text)) {
    return "image/svg+xml";
  }
  if (/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)[\s>]/i.test(text)) return "text/html";
  return text.startsWith("version https://git-lfs") ? "text/x-git-lfs" : undefined;
}

/** Whether what follows the mark has the zeros between its letters that most texts have; sounds may begin with it, too. */
function isUtf16(start: Buffer): boolean {
  const letters = start.subarray(2, 66);
  const zeros = letters.filter(
    (byte, index) => byte === 0 && index % 2 === (start[0] === 0xff ? 1 : 0),
  );
  return letters.length >= 2 && zeros.length * 3 > letters.length;
}

/** By the legal values of a header of 18 bytes (Truevision TGA 2.0, Image File Header). */
function isTga(start: Buffer): boolean {
  if (start.length < 18) return false;
  const [, colorMap = 2, type = 0] = start;
  const [width, height, depth] = [start.readUInt16LE(12), start.readUInt16LE(14), start[16] ?? 0];
  // Without a color map its three fields are zero; in an icon they count its pictures.
  const isMapRight =
    colorMap === 1 ? [16, 24, 32].includes(start[7] ?? 0) : !start.readUIntLE(3, 5);
  const isTypeRight = (colorMap === 1 ? [1, 9] : [2, 3, 10, 11]).includes(type);
  return (
    isTypeRight && isMapRight && width > 0 && height > 0 && [8, 15, 16, 24, 32].includes(depth)
  );
}
