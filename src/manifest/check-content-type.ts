import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import { CONTENT_TYPES, type ContentType } from "./image.ts";
import { nearest } from "./nearest.ts";
import { showValue } from "./show-value.ts";

/** Whether the service takes a content type. */
export function isSupported(contentType: string): contentType is ContentType {
  const supported: readonly string[] = CONTENT_TYPES;
  return supported.includes(contentType);
}

/** The rule on a content type that the manifest names. */
export function checkContentType(contentType: string, place: Place): Diagnostic[] {
  if (isSupported(contentType)) return [];
  const subtype = contentType.replace(/^image\//, "");
  const meant = subtype === "jpg" ? "image/jpeg" : nearest(`image/${subtype}`, CONTENT_TYPES);
  return [
    diagnostic(
      "error",
      "CONTENT_TYPE_UNSUPPORTED",
      `the content type ${showValue(contentType)} is not taken, expected ${CONTENT_TYPES.join(", ")}`,
      meant ? `write ${meant}, or leave it empty` : "leave it empty: it is read from the file",
      place,
    ),
  ];
}
