import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { describeTrouble } from "./network-trouble.ts";

/** How a request ended, by how far it got; see `Answer`. Never an error thrown. */
export type Reply =
  | { kind: "not-sent"; message: string }
  | { kind: "lost"; message: string }
  | { kind: "whole"; httpStatus: number; headers: IncomingHttpHeaders; body: Buffer };

/**
 * One request on its way. undici calls `onRequestStart` just before the first byte: before it nothing
 * was sent, after it anything may have happened (reliability: Facts).
 */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: Reply) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#stop("aborted");
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #httpStatus = 0;
  #headers: IncomingHttpHeaders = {};

  /** `resolve` is called once, by the deadline at the latest. */
  constructor(
    resolve: (reply: Reply) => void,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ) {
    this.#resolve = resolve;
    const giveUp = () => {
      if (!this.#settled) this.#stop(`no whole answer within ${deadlineMs / 1000} s`);
    };
    // An answer that came while this thread was held up, by a disk say, is there to be read: it goes first.
    this.#timer = setTimeout(() => setImmediate(giveUp), deadlineMs);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection, or undici would send it again: not one byte of it.
    if (this.#settled || this.#controller) {
      controller.abort(new Error("attempt is over"));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    httpStatus: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Called for 1xx too; the last call is the answer's.
    this.#httpStatus = httpStatus;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    this.#settle({
      kind: "whole",
      httpStatus: this.#httpStatus,
      headers: this.#headers,
      body: body ?? Buffer.concat(this.#chunks),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(describeTrouble(error));
  }

  #stop(message: string): void {
    this.#fail(message);
    this.#controller?.abort(new Error(message));
  }

  #fail(message: string): void {
    this.#settle({ kind: this.#controller ? "lost" : "not-sent", message });
  }

  #settle(reply: Reply): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#resolve(reply);
  }
}
