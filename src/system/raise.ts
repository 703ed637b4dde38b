/** Errors about a wrong call: they show the caller's line, not ours. */

/** Throws an error whose stack begins where `called`, a public function, was called. */
export function raise(error: Error, called: (...args: never[]) => unknown): never {
  Error.captureStackTrace(error, called)
  return raiseFromNode(error)
}

/** Returns the frames above a public function, for errors that come after an `await` of its own. */
export function callersOf(called: (...args: never[]) => unknown): string {
  const place = { stack: '' }
  Error.captureStackTrace(place, called)
  return place.stack.replace(/^.*\n?/, '')
}

/** Rethrows an error as if it came from the frames of {@link callersOf}. */
export function raiseAt(error: Error, callers: string): never {
  error.stack = `${error.name}: ${error.message}${callers && `\n${callers}`}`
  return raiseFromNode(error)
}

/** Rethrows what went wrong in a public function; if the error is about the call itself, at the caller's line. */
export function rethrow(error: unknown, own: string, callers: string): never {
  const isAboutCall = error instanceof Error && (error.message.startsWith(own) || error.name === 'UsageError')
  if (isAboutCall) raiseAt(error, callers)
  throw error
}

/** The source line that Node prints above an uncaught error is the one that threw it. */
function raiseFromNode(error: Error): never {
  AbortSignal.abort(error).throwIfAborted()
  throw error
}
