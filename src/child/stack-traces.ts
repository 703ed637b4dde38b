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
  return stack
    .split('\n')
    .filter((line) => !(/^\s+at /.test(line) && isOurs(line)))
    .join('\n')
}
