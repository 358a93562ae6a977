import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, jsonAnswer, resultAnswer } from "./answer.ts";
import { assumedError } from "./assumed.ts";
import { pageOfLibraries, whoami } from "./libraries.ts";
import { isLoopbackHost } from "./loopback-host.ts";
import { sandboxPage } from "./page.ts";
import { waitUnlessClosing } from "./play-fault.ts";
import { recordedError } from "./recorded-errors.ts";
import { answered, type Reply, sendReply } from "./reply.ts";
import type { RequestEntry } from "./request-log.ts";
import { findRoute, isApi, METHODS, type Route } from "./route.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { replyToUpload } from "./upload.ts";

/** One request, with its path already taken apart. */
interface Asked {
  request: IncomingMessage;
  route: Route;
  query: URLSearchParams;
}

/** Answers one request, whatever it is; never rejects. */
export async function handleRequest(
  state: SandboxState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) {
    sendReply(response, answered(foreignHost(request)));
    return;
  }
  const { path, query } = splitTarget(request.url ?? "/");
  const asked = { request, route: findRoute(path), query };
  const entry = openEntry(state, asked, path);
  const reply = await replyOrApologise(state, asked, entry);
  if (state.closing.aborted) response.shouldKeepAlive = false;
  const sent = sendOrApologise(response, reply);
  if (entry) entry.status = sent.kind === "drop" ? null : sent.answer.status;
}

/** What was sent in the end: a reply that HTTP cannot carry is our own fault. */
function sendOrApologise(response: ServerResponse, reply: Reply): Reply {
  try {
    sendReply(response, reply);
    return reply;
  } catch (error) {
    const apology = apologise(error);
    sendReply(response, apology);
    return apology;
  }
}

/** The connection ends, since a body may be unread. */
function foreignHost({ headers }: IncomingMessage): Answer {
  const answer = assumedError("foreign-host", `got '${headers.host}'`);
  return { ...answer, headers: { connection: "close" } };
}

function splitTarget(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: new URLSearchParams() };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark)) };
}

/** Only what a client may get wrong is worth a line: the API and unknown routes. */
function openEntry(
  { log }: SandboxState,
  { request, route }: Asked,
  path: string,
): RequestEntry | undefined {
  if (!isApi(route) && route.to !== "nothing") return undefined;
  const method = request.method ?? "";
  return log.open(method, path, route.to === "graphics" && method === "POST");
}

async function replyOrApologise(
  state: SandboxState,
  asked: Asked,
  entry: RequestEntry | undefined,
): Promise<Reply> {
  try {
    const reply = await chooseReply(state, asked, entry);
    const isOnTime = !isApi(asked.route) || (await waitForLatency(state));
    return isOnTime ? reply : { kind: "drop", how: "close" };
  } catch (error) {
    return apologise(error);
  }
}

function apologise(error: unknown): Reply {
  const reason = error instanceof Error ? error.message : String(error);
  return answered(assumedError("sandbox-fault", reason));
}

async function waitForLatency({ script, closing }: SandboxState): Promise<boolean> {
  return script.latencyMs === 0 || waitUnlessClosing(script.latencyMs, closing);
}

async function chooseReply(
  state: SandboxState,
  asked: Asked,
  entry: RequestEntry | undefined,
): Promise<Reply> {
  const { request, route } = asked;
  const refusal = checkAccess(state, asked);
  if (route.to === "graphics" && request.method === "POST" && entry) {
    return replyToUpload(state, { libraryId: route.libraryId, request, entry, refusal });
  }
  return answered(refusal ?? (await answerTo(state, asked)));
}

/** Route, method, token and library, in that order (the order is assumed). */
function checkAccess(state: SandboxState, { request, route }: Asked): Answer | undefined {
  if (route.to === "nothing") return recordedError("unknown-route");
  if (!METHODS[route.to].includes(request.method ?? "")) return wrongMethod(request, route);
  if (!isApi(route)) return undefined;
  return checkToken(state, request) ?? checkLibrary(state, route);
}

function wrongMethod(request: IncomingMessage, route: Route): Answer {
  const answer = assumedError("wrong-method", `got ${request.method}`);
  return { ...answer, headers: { allow: METHODS[route.to].join(", ") } };
}

function checkToken({ token }: SandboxState, { headers }: IncomingMessage): Answer | undefined {
  const given = headers["x-api-token"];
  if (given === token) return undefined;
  const isAbsent = given === undefined && headers.authorization === undefined;
  return recordedError(isAbsent ? "missing-token" : "wrong-token");
}

function checkLibrary({ libraries }: SandboxState, route: Route): Answer | undefined {
  if (!("libraryId" in route)) return undefined;
  const isKnown = libraries.some(({ libraryId }) => libraryId === route.libraryId);
  return isKnown ? undefined : assumedError("unknown-library", `got '${route.libraryId}'`);
}

async function answerTo(state: SandboxState, { request, route, query }: Asked): Promise<Answer> {
  switch (route.to) {
    case "libraries":
      return pageOfLibraries(state.libraries, query.get("offset"), originOf(request));
    case "whoami":
      return whoami(state.libraries);
    case "graphic":
      return deleteGraphic(state, route.libraryId, route.graphicId);
    case "view":
      return viewGraphic(state, query.get("IM") ?? "");
    case "sandbox-graphics":
      return jsonAnswer(200, state.store.list());
    case "sandbox-requests":
      return jsonAnswer(200, state.log.list(Number(query.get("after") ?? 0)));
    case "page":
      return sandboxPage();
    default:
      return recordedError("unknown-route");
  }
}

async function deleteGraphic(
  { store }: SandboxState,
  libraryId: string,
  id: string,
): Promise<Answer> {
  const graphic = store.find(id);
  if (graphic?.libraryId !== libraryId) return assumedError("unknown-graphic", `got '${id}'`);
  await store.remove(graphic);
  return resultAnswer(undefined);
}

/** No token: graphics are public to anyone with the URL (qualtrics-api: Upload). */
async function viewGraphic({ store }: SandboxState, id: string): Promise<Answer> {
  const graphic = store.find(id);
  const body = graphic && (await store.read(graphic));
  if (!graphic || !body) return assumedError("unknown-graphic", `got '${id}'`);
  const headers = { "x-content-type-options": "nosniff" };
  return { status: 200, contentType: graphic.contentType, body, headers };
}

/** The host the client asked, so that `nextPage` leads back to it. */
function originOf({ headers, socket }: IncomingMessage): string {
  return `http://${headers.host ?? `127.0.0.1:${socket.localPort}`}`;
}
