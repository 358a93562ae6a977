import type { Refusal } from "../../../open/sheet-api.ts";

/** The server said no: what is wrong, and what to do. */
export class Refused extends Error {
  readonly status: number;
  readonly error: Refusal["error"];
  /** The answer's whole body, for answers that say more than a refusal. */
  readonly body: unknown;

  constructor(status: number, error: Refusal["error"], body: unknown) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.body = body;
  }
}

/** No answer: the process has ended, or the connection to it is cut. */
export class ServerGone extends Error {}

/** GET below `/api/`. Throws `Refused` or `ServerGone`. */
export function get<Answer>(path: string): Promise<Answer> {
  return ask(path, {});
}

/** POST below `/api/`, as JSON. Throws `Refused` or `ServerGone`. */
export function post<Answer>(path: string, body: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** POST of a file's bytes. Throws `Refused` or `ServerGone`. */
export function postBytes<Answer>(path: string, bytes: Blob): Promise<Answer> {
  const headers = { "content-type": "application/octet-stream" };
  return ask(path, { method: "POST", headers, body: bytes });
}

async function ask<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`/api/${path}`, { cache: "no-store", ...init });
    body = response.status === 204 ? null : await response.json();
  } catch {
    throw new ServerGone();
  }
  if (response.ok) return body as Answer;
  throw new Refused(response.status, errorOf(body, response.status), body);
}

function errorOf(body: unknown, status: number): Refusal["error"] {
  const error = (body as Partial<Refusal> | null)?.error;
  return error ?? { code: "UNEXPECTED", message: `unexpected answer (${status})`, hint: null };
}
