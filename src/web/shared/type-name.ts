const TYPE_NAMES: Readonly<Record<string, string>> = {
  "image/png": "PNG",
  "image/jpeg": "JPEG",
  "image/gif": "GIF",
};

/** What people call a content type. */
export function typeName(contentType: string): string {
  return TYPE_NAMES[contentType] ?? contentType;
}
