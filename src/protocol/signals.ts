/** The signals that ask a program to end, and that the parent passes on. */
export const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
export type ForwardedSignal = (typeof FORWARDED)[number]
export const isForwarded = (name: unknown): name is ForwardedSignal =>
  (FORWARDED as readonly unknown[]).includes(name)
