import { onTestFinished } from "vitest";
import { type Client, type ClientOptions, createClient } from "../../src/qualtrics/client.ts";
import { type FormFields, prepareForm, type UploadForm } from "../../src/qualtrics/multipart.ts";

/** Of a shape of its own, so that it would be found anywhere it does not belong. */
export const TOKEN = "cAnArY7token7cAnArY";
export const LIBRARY = "UR_abcdefghijk";
export const GRAPHIC_ID = "IM_0123456789abcde";

/** A client that is closed when the test ends. */
export function clientFor(baseUrl: string, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({
    baseUrl,
    token: TOKEN,
    library: LIBRARY,
    connections: 4,
    userAgent: "qgfx/test",
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A graphic to send; `sizeBytes` of zeros. */
export function uploadOf(
  sizeBytes = 100,
  {
    bytes = new Uint8Array(sizeBytes),
    ...given
  }: Partial<FormFields> & { bytes?: Uint8Array } = {},
): UploadForm {
  const fields = { name: "a.png", folder: "Summer", contentType: "image/png", ...given } as const;
  const form = prepareForm({ ...fields, sizeBytes: bytes.length });
  form.image.set(bytes);
  return form;
}
