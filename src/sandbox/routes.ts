import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { escapeText } from "entities";
import { html, scriptHash, styleHash } from "../web/sandbox/page.html?bundled";
import { type Answer, assumedError, jsonAnswer, resultAnswer } from "./answer.ts";
import type { Library, SandboxState } from "./state.ts";
import type { Graphic } from "./store.ts";

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
  {
    path: /^\/sandbox\/ids$/,
    methods: ["GET", "HEAD"],
    isApi: false,
    answer: ({ libraries, store }) => listPage(libraries, store.list()),
  },
  { path: /^$/, methods: ["GET", "HEAD"], isApi: false, answer: sandboxPage },
];

/** A list of a library's graphics, which no service is known to have; for a script that wants one. */
export const GRAPHICS_LIST: Route = {
  path: /^/,
  methods: ["GET"],
  isApi: true,
  answer: ({ store }, { libraryId }) => {
    const own = store.list().filter((graphic) => graphic.libraryId === libraryId);
    return resultAnswer({ elements: own.map(({ id, name }) => ({ id, name })), nextPage: null });
  },
};

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
  { store, script, memory }: SandboxState,
  { libraryId, graphicId }: Asked,
): Promise<Answer> {
  const graphic = store.find(graphicId);
  const isAgain = script.deletedAgain === "done" && memory.deleted.has(graphicId);
  if (isAgain) return resultAnswer(undefined);
  if (graphic?.libraryId !== libraryId) {
    return assumedError("ASSUMED_UNKNOWN_GRAPHIC", `got '${graphicId}'`);
  }
  store.remove(graphic);
  memory.deleted.add(graphicId);
  return resultAnswer(undefined);
}

/** No token: graphics are public to anyone with the URL (qualtrics-api: Upload). */
function viewGraphic({ store, script, memory }: SandboxState, { query }: Asked): Answer {
  const id = query.get("IM") ?? "";
  const graphic = store.find(id);
  const body = graphic && store.read(graphic);
  const sinceMs = performance.now() - (memory.storedAtMs.get(id) ?? Number.NEGATIVE_INFINITY);
  const isSeen = sinceMs >= (script.visibleAfterMs ?? 0);
  if (!graphic || !body || !isSeen) return assumedError("ASSUMED_UNKNOWN_GRAPHIC", `got '${id}'`);
  // An SVG is a page, and may not be one of the sandbox's.
  const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
  const headers = { "x-content-type-options": "nosniff", "content-security-policy": policy };
  return { status: 200, contentType: graphic.contentType, body, headers };
}

/** The host the client asked, so that `nextPage` leads back to it. */
function originOf({ headers, socket }: IncomingMessage): string {
  return `http://${headers.host ?? `127.0.0.1:${socket.localPort}`}`;
}

/** One a page: a client that does not follow `nextPage` must show itself (assumed). */
const PAGE_LENGTH = 1;

/** One page of `GET /API/v3/libraries`; `origin` makes `nextPage` absolute. */
function pageOfLibraries(
  libraries: readonly Library[],
  offsetText: string | null,
  origin: string,
): Answer {
  const offset = /^\d{1,9}$/.test(offsetText ?? "") ? Number(offsetText) : 0;
  const end = offset + PAGE_LENGTH;
  const nextPage = end < libraries.length ? `${origin}/API/v3/libraries?offset=${end}` : null;
  return resultAnswer({ elements: libraries.slice(offset, end), nextPage });
}

/** `GET /API/v3/whoami`; `userId` is the personal library (qualtrics-api: Operations). */
function whoami(libraries: readonly Library[]): Answer {
  return resultAnswer({
    brandId: "sandbox",
    userId: libraries[0]?.libraryId,
    userName: "sandbox@example.com",
    accountType: "UT_BRANDADMIN",
    firstName: "Sandbox",
    lastName: "User",
    email: "sandbox@example.com",
    datacenter: "sandbox",
  });
}

/** Nothing of a page is kept, guessed or told to other sites; `allowed` is what it needs. */
function htmlPage(body: string, allowed: readonly string[]): Answer {
  const policy = ["default-src 'none'", ...allowed, "base-uri 'none'", "frame-ancestors 'none'"];
  const headers = {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  };
  return { status: 200, contentType: "text/html; charset=utf-8", body, headers };
}

/** The sandbox's own page: its library as a person would see it, and how it understood each request. */
function sandboxPage(): Answer {
  return htmlPage(html, [
    `style-src '${styleHash}'`,
    `script-src '${scriptHash}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'none'",
  ]);
}

// What is not selectable is not copied: of what is marked, names and ids alone reach the clipboard, a line each.
const STYLE = `
:root { color-scheme: light dark }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem }
body * { -webkit-user-select: none; user-select: none }
td { padding: .2rem 3rem .2rem 0; white-space: pre-wrap }
table, tbody, tr, td { -webkit-user-select: text; user-select: text }`;

const STYLE_HASH = `sha256-${createHash("sha256").update(STYLE).digest("base64")}`;

/**
 * The list that an account shows under Account Settings, Qualtrics IDs: all graphics of a library, name and id, to be
 * copied as text (qualtrics-api: In surveys). Its order is assumed: as they came.
 */
function listPage(libraries: readonly Library[], graphics: readonly Graphic[]): Answer {
  const lists = libraries.map(({ libraryId, libraryName }) => {
    const title = `<h2>Graphics of ${escapeText(libraryName)}, ${escapeText(libraryId)}</h2>`;
    return title + tableOf(graphics.filter((graphic) => graphic.libraryId === libraryId));
  });
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Qualtrics IDs of the sandbox</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Qualtrics IDs</h1>
<p>As your account lists them under Account Settings, Qualtrics IDs: mark the list, copy it, paste it into a file.</p>
<p><a href="/">All of the sandbox</a></p>
${lists.join("\n")}
</main>
</body>
</html>
`;
  return htmlPage(body, ["img-src data:", `style-src '${STYLE_HASH}'`]);
}

function tableOf(graphics: readonly Graphic[]): string {
  if (graphics.length === 0) return "\n<p>no graphics</p>";
  const rows = graphics.map(
    ({ name, id }) => `<tr><td>${escapeText(name)}</td><td>${id}</td></tr>`,
  );
  return `\n<table><tbody>\n${rows.join("\n")}\n</tbody></table>`;
}
