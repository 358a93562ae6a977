/** HTTP-date in its three forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850, asctime. */
const FORMS = [
  /^(?<weekday>[A-Z][a-z]{2}), (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>[\d:]{8}) GMT$/,
  /^(?<weekday>[A-Z][a-z]+day), (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>[\d:]{8}) GMT$/,
  /^(?<weekday>[A-Z][a-z]{2}) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>[\d:]{8}) (?<year>\d{4})$/,
];

type HeaderValue = string | string[] | undefined;

/**
 * `Retry-After` (RFC 9110 §10.2.3) as milliseconds from now; null when absent or unreadable. Of several
 * the longest counts: a wait is never shortened. A date counts from the answer's own `Date` where it has
 * one, so that the clocks of the two sides need not agree; a past date is 0.
 */
export function parseRetryAfter(
  retryAfter: HeaderValue,
  date: HeaderValue,
  nowMs: number,
): number | null {
  if (retryAfter === undefined) return null;
  const waits = [retryAfter]
    .flat()
    .map((value) => parseWait(value.trim(), date, nowMs))
    .filter((waitMs) => waitMs !== null);
  return waits.length === 0 ? null : Math.max(...waits);
}

function parseWait(value: string, date: HeaderValue, nowMs: number): number | null {
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const untilMs = parseHttpDate(value);
  if (untilMs === null) return null;
  const sentMs = typeof date === "string" ? parseHttpDate(date.trim()) : null;
  return Math.max(0, untilMs - (sentMs ?? nowMs));
}

/** Milliseconds since 1970 of an HTTP-date, always GMT; null for any other text. */
export function parseHttpDate(text: string): number | null {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups);
  if (!parts) return null;
  const { day = "", month = "", year = "", time = "" } = parts;
  const ms = Date.parse(`${day.trim()} ${month} ${fullYear(year)} ${time} GMT`);
  return Number.isNaN(ms) ? null : ms;
}

/** RFC 9110 §5.6.7: two digits more than 50 years ahead mean the century before. */
function fullYear(year: string): string {
  if (year.length === 4) return year;
  const ahead = new Date().getUTCFullYear() + 50;
  const candidate = ahead - (ahead % 100) + Number(year);
  return String(candidate > ahead ? candidate - 100 : candidate);
}
