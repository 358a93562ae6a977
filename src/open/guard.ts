import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { UserError } from "../user-error.ts";
import type { Reply } from "./reply.ts";

/** How long an address that works once can be used, in ms. */
const ONCE_MS = 120_000;

/**
 * Lets in only those who have the secret (reliability: Security). Every program and every page of this computer
 * can reach a loopback port: the secret comes by the address that was printed, and stays as a cookie.
 */
export class Guard {
  /** `127.0.0.1:PORT`, the only name that requests may use. */
  readonly #authority: string;
  readonly #cookie: string;
  readonly #secret: string;
  readonly #used = new Set<string>();

  constructor(port: number, secret: string) {
    this.#authority = `127.0.0.1:${port}`;
    // Cookies do not know ports: two servers of ours must not overwrite each other's.
    this.#cookie = `qgfx-${port}`;
    this.#secret = secret;
  }

  /** Throws a `UserError` for a request that no page of ours sends; a page of another port or name is one. */
  checkPlace({ headers, rawHeaders, url = "" }: IncomingMessage): void {
    const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name));
    if (hosts.length !== 1 || headers.host !== this.#authority) throw foreign("host");
    if (!url.startsWith("/")) throw foreign("address");
  }

  /** The same for all but the entrance. `isPage`: the user may come to it by typing its address. */
  checkOrigin({ headers, method }: IncomingMessage, isPage: boolean): void {
    const site = headers["sec-fetch-site"];
    if (site !== "same-origin" && !(isPage && site === "none")) throw foreign("site");
    const isOwn = headers.origin === `http://${this.#authority}`;
    if (!isOwn && (method === "POST" || headers.origin !== undefined)) throw foreign("origin");
  }

  /** Throws a `UserError` where the cookie is missing or another's. */
  checkCookie({ headers }: IncomingMessage): void {
    const values = (headers.cookie ?? "").split(";").flatMap((pair) => {
      const [name = "", value = ""] = pair.trim().split("=", 2);
      return name === this.#cookie ? [value] : [];
    });
    if (values.some((value) => isSame(value, this.#secret))) return;
    throw new UserError("NOT_SIGNED_IN", "this page was not opened by qgfx", {
      hint: "open the address that `qgfx open` printed, or run `qgfx open` again",
    });
  }

  /** Whether a key opens the entrance: the secret, or an unused one of `onceKey`. */
  opens(key: string): boolean {
    if (isSame(key, this.#secret)) return true;
    const [nonce = "", until = ""] = key.split(".");
    if (!isSame(key, sealOnce(this.#secret, nonce, until)) || this.#used.has(nonce)) return false;
    if (Number(until) < Date.now()) return false;
    this.#used.add(nonce);
    return true;
  }

  /** The page behind the entrance: it leaves the secret as a cookie, and goes where no address shows it. */
  get entrance(): Reply {
    return {
      status: 200,
      contentType: "text/html; charset=utf-8",
      body: `<!doctype html><meta charset="utf-8"><title>qgfx</title><script>${ENTER}</script>`,
      headers: {
        // Not a redirection: after a link of another site a browser would not send the cookie along.
        "set-cookie": `${this.#cookie}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`,
        "content-security-policy": `default-src 'none'; script-src '${ENTER_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      },
    };
  }
}

const ENTER = "location.replace('/'+location.hash)";
const ENTER_HASH = `sha256-${createHash("sha256").update(ENTER).digest("base64")}`;

/** Where a browser enters with a key. */
export function addressOf(port: number, key: string): string {
  return `http://127.0.0.1:${port}/?k=${key}`;
}

/** 256 random bits. */
export function createSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** A key that opens the entrance once, soon: other users of this computer can see what a browser is started with. */
export function onceKey(secret: string): string {
  const until = String(Date.now() + ONCE_MS);
  return sealOnce(secret, randomBytes(16).toString("base64url"), until);
}

function sealOnce(secret: string, nonce: string, until: string): string {
  return `${nonce}.${until}.${prove(secret, `once ${nonce} ${until}`)}`;
}

/** Proves, by a text, that one has the secret. */
export function prove(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function foreign(what: string): UserError {
  return new UserError("FOREIGN_REQUEST", `the request comes from another ${what}`, {
    hint: "open the address that `qgfx open` printed",
  });
}
