import type { Answer } from "./answer.ts";

/** How one DELETE ended, by how far it got; as `Answer`, but for the id, which no deletion brings. */
export type DeletionAnswer =
  | Exclude<Answer, { kind: "answered" }>
  | Omit<Extract<Answer, { kind: "answered" }>, "graphicId" | "url">;
