import type { ActionName, Reason } from "../plan/action.ts";

/** The marks of the contract's table (Commands). */
export const ACTION_MARK: Record<ActionName, string> = {
  create: "+",
  unchanged: "=",
  replace: "~",
  orphan: "-",
  unknown: "?",
};

/** Why an action is what it is, for a person. */
export const REASON_TEXT: Record<Reason, string> = {
  new: "new",
  "id-deleted": "uploaded anew: the id in the manifest was deleted, or may have been",
  "id-replaced": "uploaded anew: the id in the manifest was replaced by a later upload",
  "possible-duplicate":
    "new; an upload of the same bytes under another name or folder got no answer and may be in the library too",
  shared: "takes the id of another row with the same bytes",
  "same-bytes": "same bytes",
  adopted: "id taken from the manifest",
  "bytes-changed": "bytes changed",
  renamed: "renamed",
  moved: "moved",
  "moved-and-renamed": "moved and renamed",
  "bytes-and-address-changed": "bytes and name or folder changed",
  "not-in-manifest": "recorded, no longer in the manifest; apply leaves it",
  held: "an earlier upload got no answer; not sent again (--unknown retry sends it)",
  "will-retry": "an earlier upload got no answer; sent again, which may make a duplicate",
  "held-not-in-manifest":
    "an upload of a row that is no longer in the manifest got no answer; `qgfx resolve` settles it",
};
