/** Uploads under way at once. */
export const DEFAULT_CONCURRENCY = 8;

/** Requests a minute; the service takes 3,000 of a whole brand (qualtrics-api: Hosts, auth, limits). */
export const DEFAULT_RATE = 2400;

/** Largest picture, in bytes (qualtrics-api: Upload). */
export const DEFAULT_MAX_BYTES: number = 5 * 1024 * 1024;
