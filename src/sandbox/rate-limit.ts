import type { CheckedFaultScript } from "./fault-script.ts";

/** Says of each upload whether it comes too early. */
export interface RateLimit {
  /** Undefined lets it through; else how long to wait for the next that would be. `nowMs` never goes back. */
  waitMs(nowMs: number): number | undefined;
}

/** A bucket of `burst` uploads that fills evenly with `perMinute` (assumed: the service's own way is not known). */
export function createRateLimit({
  perMinute,
  burst = Math.ceil(perMinute / 60),
}: NonNullable<CheckedFaultScript["rateLimit"]>): RateLimit {
  const refillMs = 60_000 / perMinute;
  let left = burst;
  let countedMs: number | undefined;
  return {
    waitMs(nowMs) {
      left = Math.min(burst, left + (nowMs - (countedMs ?? nowMs)) / refillMs);
      countedMs = nowMs;
      if (left < 1) return (1 - left) * refillMs;
      left -= 1;
      return undefined;
    },
  };
}

/** `Retry-After` as seconds or as a date (RFC 9110 §10.2.3), rounded up so that nobody comes back too early. */
export function formatRetryAfter(form: "seconds" | "date", waitMs: number, nowMs: number): string {
  if (form === "seconds") return String(Math.ceil(waitMs / 1000));
  return new Date(Math.ceil((nowMs + waitMs) / 1000) * 1000).toUTCString();
}
