import type { ServerResponse } from "node:http";
import type { Events } from "./api.ts";
import { ALWAYS } from "./reply.ts";

/** Proxies and sleeping computers leave streams without a reader: this finds them. */
const BEAT_MS = 15_000;

/** A page that does not read has so much waiting for it, in bytes, and then loses its stream; it asks anew. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;

/** The pages that listen, each by a stream of server-sent events. */
export class Streams {
  readonly #open = new Set<ServerResponse>();
  readonly #beat: NodeJS.Timeout;

  constructor() {
    this.#beat = setInterval(() => this.#write(": beat\n\n"), BEAT_MS).unref();
  }

  get count(): number {
    return this.#open.size;
  }

  /** Opens a stream; its first event is `state`. */
  add(response: ServerResponse, first: Events["state"]): void {
    response.writeHead(200, {
      ...ALWAYS,
      "content-type": "text/event-stream; charset=utf-8",
    });
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
    response.write(format("state", first));
  }

  /** Tells all pages. */
  send<Name extends keyof Events>(name: Name, data: Events[Name]): void {
    if (this.#open.size > 0) this.#write(format(name, data));
  }

  /** Ends all streams. */
  close(): void {
    clearInterval(this.#beat);
    for (const response of this.#open) response.end();
  }

  #write(text: string): void {
    for (const response of this.#open) {
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
      else response.write(text);
    }
  }
}

function format(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
