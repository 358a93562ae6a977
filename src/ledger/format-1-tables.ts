import { z } from "zod";

const text = z.string();
const orNull = text.nullable();
const int = z.int();

/** A row of format 1's `items`. */
export const itemSchema = z.object({
  id: int,
  run_id: int,
  service: text,
  library: text,
  folder: text,
  name: text,
  line: int,
  path: text,
  content_type: text,
  sha256: text,
  bytes: int,
  action: text,
  reason: text,
  status: z.enum(["not-run", "sending", "uploaded", "failed", "unknown", "adopted"]),
  error: orNull,
  settled: orNull,
  replaces: orNull,
});

const answerShape = {
  id: int,
  number: int,
  started_at: text,
  finished_at: orNull,
  result: orNull,
  http_status: int.nullable(),
  error_code: orNull,
  message: orNull,
  request_id: orNull,
};
/** A row of format 1's `attempts`. */
export const attemptSchema = z.object({ ...answerShape, item_id: int, graphic_id: orNull });

/** A row of format 1's `graphics`. */
export const graphicSchema = z.object({
  item_id: int,
  graphic_id: text,
  folder: text,
  name: text,
  manifest: text,
  url: text,
  uploaded_at: text,
  source: z.enum(["upload", "shared", "adopted", "resolved"]),
  state: z.enum(["current", "replaced", "deleted"]),
  revision: int,
  possible_duplicate: int,
});

/** A row of format 1's `deletions`. */
export const deletionSchema = z.object({
  ...answerShape,
  run_id: int,
  service: text,
  library: text,
  graphic_id: text,
  settled: int,
});

export type Item = z.infer<typeof itemSchema>;
export type Attempt = z.infer<typeof attemptSchema>;
export type Graphic = z.infer<typeof graphicSchema>;
export type Deletion = z.infer<typeof deletionSchema>;
