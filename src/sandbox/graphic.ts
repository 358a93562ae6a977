import { randomBytes } from "node:crypto";
import { z } from "zod";

/** The types a graphic can have (qualtrics-api: Upload). */
export const GRAPHIC_TYPES = ["image/png", "image/jpeg", "image/gif"] as const;
export type GraphicType = (typeof GRAPHIC_TYPES)[number];

/** One graphic the sandbox holds; `GET /sandbox/graphics` lists exactly these keys. */
export const graphicSchema = z.strictObject({
  /** `^IM_[a-zA-Z0-9]{15}$`, never given twice. */
  id: z.string().regex(/^IM_[a-zA-Z0-9]{15}$/),
  libraryId: z.string(),
  /** Display name: the filename it was sent with. */
  name: z.string(),
  folder: z.string(),
  contentType: z.enum(GRAPHIC_TYPES),
  bytes: z.int().nonnegative(),
  /** Lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Graphic = z.infer<typeof graphicSchema>;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LARGEST_FAIR_BYTE = 4 * ALPHABET.length;

/** `length` letters and digits, each equally likely. */
export function randomAlphanumerics(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < LARGEST_FAIR_BYTE) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text.slice(0, length);
}

/** A graphic id nobody was given before (qualtrics-api: Answers). */
export function newGraphicId(isTaken: (id: string) => boolean): string {
  let id: string;
  do id = `IM_${randomAlphanumerics(15)}`;
  while (isTaken(id));
  return id;
}
