import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Somebody else's server. */
export interface Listener {
  url: string;
  /** The headers of all that came. */
  heard: IncomingHttpHeaders[];
}

const ANSWER = {
  result: { id: "IM_0123456789abcde", userName: "somebody", elements: [], nextPage: null },
  meta: { httpStatus: "200 - OK", requestId: "1" },
};

/** A server that answers everything as the service might, and keeps the headers of all that comes. */
export async function openListener(): Promise<Listener> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    request.resume().on("end", () => response.end(JSON.stringify(ANSWER)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}
