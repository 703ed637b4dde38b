/**
 * Returns the milliseconds since this process began, as `performance.now()` does. To read that global the first time
 * takes Node a tenth of what the command does before its child starts: it loads all of node:perf_hooks.
 */
export const monotonic = (): number => process.uptime() * 1000
