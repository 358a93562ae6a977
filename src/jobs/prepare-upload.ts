import type { UploadEffects } from "../execute/execute-uploads.ts";
import { readInspected } from "../files/inspect-image.ts";
import type { RunStart } from "../ledger/ledger.ts";
import type { Client } from "../qualtrics/client.ts";
import { prepareForm } from "../qualtrics/multipart.ts";
import type { ApplyOptions } from "./options.ts";
import { imageLimits, type Paths } from "./paths.ts";

/** Reads a row's image into its form, and sends it with its key where it has one. */
export function uploadPreparer(
  client: Client,
  paths: Paths,
  options: ApplyOptions,
  keyOf: RunStart["keyOf"],
): UploadEffects["prepare"] {
  // One object for the run: what is known of the root's folders is kept by it.
  const limits = imageLimits(paths, options);
  return async (planned) => {
    const { row, image } = planned;
    const { name, folder, path } = row;
    const key = keyOf?.(planned);
    // A service may compare the whole form with the one that came with the key before.
    const how = { nameQuotes: options.nameQuotes, boundary: key };
    const form = prepareForm({ name, folder, ...image, ...how });
    const changed = await readInspected(path, image, limits, form.image);
    return changed ?? { send: () => client.upload(form, key) };
  };
}
