import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { formatBytes } from "../report/units.ts";
import { UserError } from "../user-error.ts";

/** The body of a request; a `UserError` where it is larger than allowed, or the client gives up. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    length += part.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The same as JSON of that form; a `UserError` says where it is not. */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  maxBytes: number,
): Promise<z.infer<Schema>> {
  expectType(request, "application/json");
  const body = await readBody(request, maxBytes);
  const parsed = schema.safeParse(parse(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") || "the body";
  throw malformed(`${place}: ${issue?.message}`);
}

/** A form of another site can send other types, without a question of the browser. */
export function expectType({ headers }: IncomingMessage, wanted: string): void {
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === wanted) return;
  throw new UserError("WRONG_TYPE", `the body is not ${wanted}`, { hint: "reload the page" });
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw malformed("the body is not JSON");
  }
}

/** A request that no page of ours sends. */
export function malformed(message: string): UserError {
  return new UserError("MALFORMED", message, { hint: "reload the page" });
}

function tooLarge(maxBytes: number): UserError {
  return new UserError("TOO_LARGE", `what was sent is larger than ${formatBytes(maxBytes)}`, {
    hint: "send less at once",
  });
}
