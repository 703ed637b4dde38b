/** What a hook of ours leaves of an error that passes through it: nothing to see. */

/** So many frames Node and we put between the app and a resolution that fails. */
const FRAMES_OF_HOOKS = 8

/** Runs a resolution so that its error has room for the app's own frames beside those of hooks. */
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
 * Throws on what a hook has caught as if no hook had been there: without its frames in the stack, and from within
 * Node, since the line that is shown above an uncaught error is the one that threw it last.
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
