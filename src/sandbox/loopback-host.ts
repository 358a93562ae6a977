const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a `Host` header names this machine. A web page whose own name was made to lead here (DNS rebinding) sends
 * that name; HTTP/1.0 sends none, and no browser speaks that.
 */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || LOOPBACK.test(host);
}
