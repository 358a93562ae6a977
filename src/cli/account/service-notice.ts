import { hostFromNotice } from "../../qualtrics/host.ts";
import { escapeText } from "../../render/escape.ts";

/** What the service noted beside its answer; its "use this host instead" becomes a hint (qualtrics-api: Hosts). */
export function formatNotice(notice: string): string {
  const host = hostFromNotice(notice);
  const line = `note from the service: ${escapeText(notice)}`;
  if (host === null) return line;
  return `${line}\n    give --host ${host}, or set QUALTRICS_BASE_URL to it; nothing is uploaded again for that`;
}
