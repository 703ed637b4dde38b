/**
 * Returns the milliseconds since some fixed moment, as `performance.now()` does. To read that global the first time
 * takes Node a tenth of what the command does before its child starts: it loads all of node:perf_hooks.
 */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
