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
    const stack = stackOf(error, isOurs)
    if (typeof stack === 'string' && isOurs(stack)) error.stack = withoutOurs(stack, isOurs)
    AbortSignal.abort(error).throwIfAborted()
  }
  throw error
}

/** The app's own `prepareStackTrace` is given no frame of ours either. */
function stackOf(error: Error, isOurs: (frame: string) => boolean): unknown {
  const { prepareStackTrace } = Error
  if (typeof prepareStackTrace !== 'function') return error.stack
  try {
    Error.prepareStackTrace = (one, sites) => {
      const isOfApp = framesOfApp(isOurs)
      const shown = sites.filter((site) => isOfApp(`at ${site}`))
      return prepareStackTrace.call(Error, one, shown)
    }
    return error.stack
  } catch {
    return undefined // it throws: to whoever asks for the stack
  } finally {
    Error.prepareStackTrace = prepareStackTrace
  }
}

function withoutOurs(stack: string, isOurs: (frame: string) => boolean): string {
  const isOfApp = framesOfApp(isOurs)
  return stack
    .split('\n')
    .filter((line) => !/^\s+at /.test(line) || isOfApp(line))
    .join('\n')
}

/** For one stack: as many frames as there would be without the room for ours. */
function framesOfApp(isOurs: (frame: string) => boolean): (frame: string) => boolean {
  let room = Error.stackTraceLimit
  return (frame) => {
    if (isOurs(frame) || HOOKS_OF_NODE.test(frame)) return false
    room -= 1
    return room >= 0
  }
}

const HOOKS_OF_NODE =
  /\(node:internal\/modules\/customization_hooks:|at defaultResolve \(node:internal\/modules\/cjs\//
