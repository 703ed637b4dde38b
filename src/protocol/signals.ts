/** The signals that ask a program to end, and that the parent passes on. */
export const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
export type ForwardedSignal = (typeof FORWARDED)[number]

/**
 * Those that this process may send to a child. The console of Windows sends Ctrl-C and close events to each
 * process by itself, and they cannot be told from a signal of another origin.
 */
export const PASSED_ON: readonly ForwardedSignal[] = process.platform === 'win32' ? ['SIGTERM'] : FORWARDED
export const isForwarded = (name: unknown): name is ForwardedSignal =>
  (FORWARDED as readonly unknown[]).includes(name)
