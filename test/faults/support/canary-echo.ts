import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What is wrong with a service that quotes the token back. */
export interface EchoMode {
  status: number;
  /** The body, of the texts a careless service would build around the token. */
  body(quoted: string): string;
}

/** A service that quotes the token in status line, headers and body, in every spelling. */
export interface EchoServer {
  url: string;
  mode: EchoMode;
  /** Requests that carried the token. */
  authorized: number;
  close(): Promise<void>;
}

/** Spellings of a secret that anybody could read back. */
export function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    bytes.toString("hex").toUpperCase(),
  ];
}

/** Starts an echoing service for one token. */
export async function startEcho(token: string, mode: EchoMode): Promise<EchoServer> {
  const quoted = spellings(token).join(" ");
  const server: Server = createServer((request, response) => {
    request.resume().once("end", () => answer(request, response));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const echo: EchoServer = {
    url: `http://127.0.0.1:${port}`,
    mode,
    authorized: 0,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return echo;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.headers["x-api-token"] === token) echo.authorized += 1;
    const { status, body } = echo.mode;
    const headers = {
      "content-type": "application/json",
      "x-echo": quoted,
      location: `${echo.url}/?token=${encodeURIComponent(token)}`,
    };
    response.writeHead(status, `for ${quoted}`, headers).end(body(quoted));
  }
}

function errorBody(quoted: string): string {
  const error = { errorMessage: `bad token ${quoted}`, errorCode: `E ${quoted}` };
  const meta = { httpStatus: `500 - ${quoted}`, error, requestId: quoted, notice: quoted };
  return JSON.stringify({ meta });
}

function successBody(quoted: string): string {
  const user = { userId: quoted, firstName: quoted, email: quoted, brandId: quoted };
  const elements = [{ libraryId: quoted, libraryName: quoted }];
  const result = { id: quoted, ...user, elements, nextPage: null };
  return JSON.stringify({ result, meta: { httpStatus: "200 - OK", notice: quoted } });
}

/** Answers that quote the token, by name. */
export const ECHO_MODES: Record<string, EchoMode> = {
  "HTTP 400": { status: 400, body: errorBody },
  "HTTP 401": { status: 401, body: errorBody },
  "HTTP 403": { status: 403, body: errorBody },
  "HTTP 302": { status: 302, body: errorBody },
  "HTTP 500 in plain text": { status: 500, body: (quoted) => quoted },
  "HTTP 200 that is no JSON": { status: 200, body: (quoted) => `<p>${quoted}</p>` },
  "HTTP 500": { status: 500, body: errorBody },
  "HTTP 200 with the token as every text": { status: 200, body: successBody },
};
