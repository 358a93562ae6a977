import type { IncomingMessage } from "node:http";
import { type Answer, jsonAnswer, resultAnswer } from "./answer.ts";
import { assumedError } from "./errors.ts";
import { pageOfLibraries, whoami } from "./libraries.ts";
import { sandboxPage } from "./page.ts";
import type { SandboxState } from "./state.ts";

/** One request, with its path taken apart. */
export interface Asked {
  request: IncomingMessage;
  path: string;
  query: URLSearchParams;
  /** Undefined for an unknown path. */
  route: Route | undefined;
  /** As the path names them; empty where it names none. */
  libraryId: string;
  graphicId: string;
}

/** What a path leads to. */
export interface Route {
  path: RegExp;
  /** Any other method is refused. */
  methods: readonly string[];
  /** Belongs to the service's API: needs a token and stands in the request log. */
  isApi: boolean;
  /** Uploads are answered by `replyToUpload`. */
  answer: "upload" | ((state: SandboxState, asked: Asked) => Answer | Promise<Answer>);
}

/** The API (qualtrics-api: Operations, Using the ids), then the sandbox's own window. */
const ROUTES: readonly Route[] = [
  {
    path: /^\/API\/v3\/libraries\/(?<libraryId>[^/]+)\/graphics$/,
    methods: ["POST"],
    isApi: true,
    answer: "upload",
  },
  {
    path: /^\/API\/v3\/libraries\/(?<libraryId>[^/]+)\/graphics\/(?<graphicId>[^/]+)$/,
    methods: ["DELETE"],
    isApi: true,
    answer: deleteGraphic,
  },
  {
    path: /^\/API\/v3\/libraries$/,
    methods: ["GET"],
    isApi: true,
    answer: ({ libraries }, { query, request }) =>
      pageOfLibraries(libraries, query.get("offset"), originOf(request)),
  },
  {
    path: /^\/API\/v3\/whoami$/,
    methods: ["GET"],
    isApi: true,
    answer: ({ libraries }) => whoami(libraries),
  },
  {
    path: /^\/(ControlPanel|CP)\/Graphic\.php$/,
    methods: ["GET", "HEAD"],
    isApi: false,
    answer: viewGraphic,
  },
  {
    path: /^\/sandbox\/graphics$/,
    methods: ["GET"],
    isApi: false,
    answer: ({ store }) => jsonAnswer(200, store.list()),
  },
  {
    path: /^\/sandbox\/requests$/,
    methods: ["GET"],
    isApi: false,
    answer: ({ log }, { query }) => jsonAnswer(200, log.list(Number(query.get("after") ?? 0))),
  },
  { path: /^$/, methods: ["GET", "HEAD"], isApi: false, answer: sandboxPage },
];

/** Takes a request's path apart; one slash at its end makes no difference. */
export function takeApart(request: IncomingMessage): Asked {
  const [path = "", ...rest] = (request.url ?? "/").split("?");
  const trimmed = path.replace(/\/$/, "");
  const route = ROUTES.find((one) => one.path.test(trimmed));
  const { libraryId = "", graphicId = "" } = route?.path.exec(trimmed)?.groups ?? {};
  const query = new URLSearchParams(rest.join("?"));
  return { request, path, query, route, libraryId, graphicId };
}

async function deleteGraphic(
  { store }: SandboxState,
  { libraryId, graphicId }: Asked,
): Promise<Answer> {
  const graphic = store.find(graphicId);
  if (graphic?.libraryId !== libraryId) {
    return assumedError("ASSUMED_UNKNOWN_GRAPHIC", `got '${graphicId}'`);
  }
  store.remove(graphic);
  return resultAnswer(undefined);
}

/** No token: graphics are public to anyone with the URL (qualtrics-api: Upload). */
function viewGraphic({ store }: SandboxState, { query }: Asked): Answer {
  const id = query.get("IM") ?? "";
  const graphic = store.find(id);
  const body = graphic && store.read(graphic);
  if (!graphic || !body) return assumedError("ASSUMED_UNKNOWN_GRAPHIC", `got '${id}'`);
  const headers = { "x-content-type-options": "nosniff" };
  return { status: 200, contentType: graphic.contentType, body, headers };
}

/** The host the client asked, so that `nextPage` leads back to it. */
function originOf({ headers, socket }: IncomingMessage): string {
  return `http://${headers.host ?? `127.0.0.1:${socket.localPort}`}`;
}
