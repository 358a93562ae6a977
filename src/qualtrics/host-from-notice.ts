// qualtrics-api, Hosts: "Request proxied. For faster response times, use this host instead: X.qualtrics.com"
const NOTICE = /\buse this host instead:\s*([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i;

/**
 * The host that `meta.notice` recommends, lower case; null where it names none. Only a host of
 * qualtrics.com is passed on: the advice is to send the token there.
 */
export function hostFromNotice(notice: string): string | null {
  const host = NOTICE.exec(notice)?.[1]?.toLowerCase();
  return host?.endsWith(".qualtrics.com") ? host : null;
}
