import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { formatFailure } from "../execute/outcome.ts";
import { UserError } from "../user-error.ts";
import type { Exchange, Reply, Request } from "./exchange.ts";
import { strikeOutOfAll } from "./host.ts";
import {
  type Envelope,
  isSuccess,
  lenientText,
  parseEnvelope,
  readFailure,
  readRetryAfter,
  shorten,
} from "./read-answer.ts";

/** Where requests go, and the secret that goes with them. */
interface Service {
  baseUrl: string;
  token: string;
}

/** More than any account has; a service that never ends its list is stopped here. */
const MAX_PAGES = 1000;

const TRIES = 3;
const FIRST_DELAY_MS = 200;
/** A person waits for this answer: a longer `Retry-After` is shown to them, not waited for. */
const MAX_DELAY_MS = 10_000;

/**
 * Asks the service one question (a GET, so it may be asked again) and returns its answer. Throws a
 * UserError with exit code 2 when no API is found there and 8 when the service refuses to answer.
 */
export async function askAccount(
  exchange: Exchange,
  service: Service,
  request: Request,
): Promise<Envelope> {
  for (let attempt = 1; ; attempt++) {
    const reply = await exchange.send(request);
    const delayMs = retryDelayMs(reply, attempt);
    if (delayMs === null) return readEnvelope(reply, service);
    await sleep(delayMs);
  }
}

/** How long to wait before the next try; null when this reply is the last word. */
function retryDelayMs(reply: Reply, attempt: number): number | null {
  if (attempt >= TRIES) return null;
  const delayMs = FIRST_DELAY_MS * 2 ** (attempt - 1);
  if (reply.kind !== "whole") return reply.isLasting ? null : delayMs;
  if (reply.httpStatus !== 429 && reply.httpStatus < 500) return null;
  const longerMs = Math.max(delayMs, readRetryAfter(reply) ?? 0);
  return longerMs <= MAX_DELAY_MS ? longerMs : null;
}

function readEnvelope(reply: Reply, { baseUrl, token }: Service): Envelope {
  if (reply.kind !== "whole") {
    throw new UserError("SERVICE_UNREACHABLE", `cannot reach ${baseUrl}: ${reply.message}`, {
      hint: reply.remedy ?? "check --host (or QUALTRICS_BASE_URL) and the network",
    });
  }
  const envelope = parseEnvelope(reply.body, token);
  if (!isSuccess(reply.httpStatus)) throw refusal(reply, envelope, baseUrl);
  if (!envelope) return unreadable(baseUrl);
  // Names and addresses are shown too, and a service may quote the token in any text.
  return { ...envelope, result: strikeOutOfAll(envelope.result, token) };
}

/** Throws the UserError for an answer that is not what the API gives. */
export function unreadable(baseUrl: string): never {
  throw new UserError(
    "ANSWER_UNREADABLE",
    `${baseUrl} answered, but not as the Qualtrics API does`,
    {
      hint: "check --host (or QUALTRICS_BASE_URL): it names your data center, such as fra1.qualtrics.com",
    },
  );
}

type WholeReply = Extract<Reply, { kind: "whole" }>;

function refusal(reply: WholeReply, envelope: Envelope | null, baseUrl: string): UserError {
  const { httpStatus } = reply;
  const said = formatFailure(readFailure(httpStatus, envelope));
  return new UserError(
    httpStatus === 401 || httpStatus === 403 ? "TOKEN_REFUSED" : "SERVICE_REFUSED",
    `${baseUrl} refused: ${said}`,
    { hint: refusalHint(reply), exitCode: 8 },
  );
}

function refusalHint(reply: WholeReply): string {
  const { httpStatus } = reply;
  if (httpStatus === 401)
    return "check QUALTRICS_API_KEY or --token-file: the token is not known here";
  if (httpStatus === 403) return "ask your brand administrator for access to the API";
  if (httpStatus >= 300 && httpStatus < 400) return "check --host: it sends requests elsewhere";
  const waitMs = readRetryAfter(reply);
  if (waitMs !== null) return `try again in ${Math.ceil(waitMs / 1000)} s`;
  if (httpStatus >= 500 || httpStatus === 429) return "try again later";
  return "check --host (or QUALTRICS_BASE_URL)";
}

/**
 * All libraries, page by page. `nextPage` is followed on the same origin only, for the token goes with
 * the request; `ask` gets the path and query of each page.
 */
export async function listLibraries(
  baseUrl: string,
  ask: (path: string) => Promise<Envelope>,
): Promise<LibraryEntry[]> {
  const libraries: LibraryEntry[] = [];
  const asked = new Set<string>();
  let path: string | null = "/API/v3/libraries";
  while (path !== null) {
    if (asked.has(path) || asked.size >= MAX_PAGES) {
      const message = `the list of libraries does not end (${asked.size} pages read)`;
      throw new UserError("LIST_ENDLESS", message, {
        hint: "try again later, or take the library id from Account Settings, Qualtrics IDs",
        exitCode: 8,
      });
    }
    asked.add(path);
    const { result } = await ask(path);
    const page = libraryPageSchema.safeParse(result).data ?? unreadable(baseUrl);
    libraries.push(...page.elements);
    path = page.nextPage ? pathOnHost(page.nextPage, baseUrl) : null;
  }
  return libraries;
}

function pathOnHost(nextPage: string, baseUrl: string): string {
  if (!URL.canParse(nextPage)) unreadable(baseUrl);
  const { origin, host, pathname, search } = new URL(nextPage);
  if (origin === baseUrl) return pathname + search;
  throw new UserError(
    "NEXT_PAGE_ELSEWHERE",
    `the list of libraries goes on at ${host || "another place"}, not at ${baseUrl}; the token was not sent there`,
    { hint: "if you trust that host, give it with --host", exitCode: 8 },
  );
}

const text = lenientText.transform(shorten);

const whoamiSchema = z.object({
  brandId: text,
  userId: text,
  userName: text,
  accountType: text,
  firstName: text,
  lastName: text,
  email: text,
  datacenter: text,
});

/** Whose token it is; null for what the service left out. `userId` is also the personal library's id. */
export type Whoami = z.infer<typeof whoamiSchema>;

/** The `result` of `GET /API/v3/whoami`; null when it says nothing of a user. */
export function parseWhoami(result: unknown): Whoami | null {
  const { data } = whoamiSchema.safeParse(result);
  return data && Object.values(data).some((value) => value) ? data : null;
}

/** One library the token can reach; its name is empty where the service gave none. */
export type LibraryEntry = z.infer<typeof libraryEntrySchema>;

const libraryEntrySchema = z.object({
  libraryId: z
    .string()
    .min(1)
    .transform((id) => shorten(id) ?? ""),
  libraryName: text.transform((name) => name ?? ""),
});

/** A page of `GET /API/v3/libraries`. `nextPage` is an absolute URL, not yet trusted; none on the last page. */
const libraryPageSchema = z.object({
  elements: z.array(libraryEntrySchema),
  nextPage: lenientText,
});
