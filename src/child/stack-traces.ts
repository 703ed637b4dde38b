/** Hides our hooks from the stack traces of errors that pass through them. */

/** Number of frames that Node and our hooks add between the app and a failing resolution. */
const FRAMES_OF_HOOKS = 8

/** Runs a resolution with a raised stackTraceLimit, so that hook frames do not displace the app's own. */
export function withRoom<T>(resolve: () => T): T {
  const limit = Error.stackTraceLimit
  if (typeof limit !== 'number') return resolve()
  Error.stackTraceLimit = limit + FRAMES_OF_HOOKS
  try {
    return resolve()
  } finally {
    Error.stackTraceLimit = limit
  }
}

/**
 * Rethrows an error as if there were no hook: without its frames in the stack, and from within Node, since
 * the source line printed above an uncaught error is the one that threw it last.
 */
export function throwWithoutUs(error: unknown, isOurs: (frame: string) => boolean): never {
  if (error instanceof Error) {
    const { stack } = error
    if (typeof stack === 'string' && isOurs(stack)) error.stack = withoutOurs(stack, isOurs)
    AbortSignal.abort(error).throwIfAborted()
  }
  throw error
}

function withoutOurs(stack: string, isOurs: (frame: string) => boolean): string {
  let room = Error.stackTraceLimit
  return stack
    .split('\n')
    .filter((line) => {
      if (!/^\s+at /.test(line)) return true
      if (isOurs(line) || HOOKS_OF_NODE.test(line)) return false
      room -= 1
      return room >= 0
    })
    .join('\n')
}

const HOOKS_OF_NODE =
  /\(node:internal\/modules\/customization_hooks:|at defaultResolve \(node:internal\/modules\/cjs\//
