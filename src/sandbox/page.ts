import { createHash } from "node:crypto";
import type { Answer } from "./answer.ts";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "./page-style.ts";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>qgfx sandbox</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Sandbox library</h1>
<p>a local stand-in for the service: nothing here is in Qualtrics</p>
<p id="counts" role="status">asking the sandbox…</p>
<noscript><p>this page needs JavaScript; <a href="/sandbox/graphics">/sandbox/graphics</a> and <a href="/sandbox/requests">/sandbox/requests</a> hold the same as JSON</p></noscript>
</header>
<main>
<section id="library" aria-labelledby="library-title">
<h2 id="library-title">Folders and pictures</h2>
<p class="empty" id="no-pictures">nothing here yet: upload to this address and it appears</p>
<div id="folders"></div>
</section>
<section id="log" aria-labelledby="log-title">
<h2 id="log-title">Last requests</h2>
<p class="empty" id="no-requests">no request yet</p>
<ol id="requests" role="list" tabindex="0" aria-labelledby="log-title"></ol>
</section>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hashText(PAGE_STYLE)}'`,
  `script-src 'sha256-${hashText(PAGE_SCRIPT)}'`,
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
    body: PAGE,
    headers: {
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
    },
  };
}

function hashText(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}
