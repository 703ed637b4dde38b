const IS_WINDOWS = process.platform === 'win32'

/** The signals that ask a program to end, and that the parent passes on. SIGBREAK is Ctrl-Break, of Windows alone. */
export type ForwardedSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGBREAK'
export const FORWARDED: readonly ForwardedSignal[] = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const),
  ...(IS_WINDOWS ? (['SIGBREAK'] as const) : []),
]

/**
 * Those that this process may send to a child. The console of Windows sends Ctrl-C and close events to each
 * process by itself, and they cannot be told from a signal of another origin.
 */
export const PASSED_ON: readonly ForwardedSignal[] = IS_WINDOWS ? ['SIGTERM'] : FORWARDED
export const isForwarded = (name: unknown): name is ForwardedSignal =>
  (FORWARDED as readonly unknown[]).includes(name)
