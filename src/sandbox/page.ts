import { html, scriptHash, styleHash } from "../web/sandbox/page.html?bundled";
import type { Answer } from "./answer.ts";

const POLICY = [
  "default-src 'none'",
  `style-src '${styleHash}'`,
  `script-src '${scriptHash}'`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The sandbox's own page: its library as a person would see it, and how it understood each request. */
export function sandboxPage(): Answer {
  return {
    status: 200,
    contentType: "text/html; charset=utf-8",
    body: html,
    headers: {
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  };
}
