import type { ManifestRow, PriorResult } from "../manifest/manifest.ts";
import type { ContentType, Image } from "../manifest/image.ts";
import type { Action, Reason } from "./action.ts";
import type { Decision, Wanted } from "./decide-action.ts";
import type { Upload } from "./upload.ts";

/**
 * A row and what the plan says of it, read as its action, and where it is sent as its upload. It holds nothing
 * of its own, for a million are held at once: so it cannot be spread; `toJSON` gives the action as a plain object.
 */
export class PlannedRow {
  readonly #row: ManifestRow;
  readonly #image: Image;
  readonly #decision: Decision;

  constructor({ row, image }: Pick<Wanted, "row" | "image">, decision: Decision) {
    this.#row = row;
    this.#image = image;
    this.#decision = decision;
  }

  get decision(): Decision {
    return this.#decision;
  }

  get row(): ManifestRow {
    return this.#row;
  }

  get image(): Image {
    return this.#image;
  }

  get prior(): PriorResult | undefined {
    return this.#row.prior;
  }

  get action(): Decision["action"] {
    return this.#decision.action;
  }

  get reason(): Reason {
    return this.#decision.reason;
  }

  get line(): number {
    return this.#row.line;
  }

  get path(): string {
    return this.#row.path;
  }

  get name(): string {
    return this.#row.name;
  }

  get folder(): string {
    return this.#row.folder;
  }

  get contentType(): ContentType {
    return this.#image.contentType;
  }

  get sha256(): string {
    return this.#image.sha256;
  }

  get bytes(): number {
    return this.#image.sizeBytes;
  }

  get graphicId(): string | null {
    return this.#decision.graphicId;
  }

  get replaces(): Decision["replaces"] {
    return this.#decision.replaces;
  }

  toJSON(): Action {
    return plainAction(this);
  }
}

/** An action as an object of its own, whatever it was. */
export function plainAction(planned: Action): Action {
  const { action, reason, line, path, name, folder, contentType, sha256, bytes, graphicId } =
    planned;
  const what = { line, path, name, folder, contentType, sha256, bytes };
  return { action, reason, ...what, graphicId };
}

/** What an upload sends and where to, as an object of its own. */
export function sentGraphic({ folder, name, path, contentType, sha256, bytes }: Upload) {
  return { folder, name, path, contentType, sha256, bytes };
}

/** A row's upload as an object of its own. */
export function plainUpload(
  planned: Omit<Upload, "action" | "reason" | "sharedBy">,
  how: Pick<Upload, "action" | "reason" | "sharedBy">,
): Upload {
  const { line, path, name, folder, contentType, sha256, bytes, replaces } = planned;
  return { ...how, line, path, name, folder, contentType, sha256, bytes, replaces };
}
