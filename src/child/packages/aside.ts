/** Tells what our own code and Node's loader read, while packages are loaded ahead, from what the packages read. */
import { isOurs } from '../own-files.ts'
import { withRoom } from '../stack-traces.ts'

let depth = 0

/** Whether what is read now is not read by a package. */
export const isAside = (): boolean => depth > 0

/** Runs something that no package is to blame for. */
export function aside<T>(act: () => T): T {
  beginAside()
  try {
    return act()
  } finally {
    endAside()
  }
}

/** For what must not add a frame to the stack. */
export function beginAside(): void {
  depth += 1
}
export function endAside(): void {
  depth -= 1
}

/**
 * Whether Node's loader asks, which reads the modules of a package by the functions of `node:fs` that all code sees. Told by
 * the stack, whose form is another one where something prepares it: then it counts as the package.
 */
export function isByLoader(): boolean {
  if (![PREPARED_BY_NODE, undefined].includes(Error.prepareStackTrace)) return false
  const place = { stack: '' }
  withRoom(() => Error.captureStackTrace(place))
  const frames = place.stack.split('\n').slice(1)
  const caller = frames.find((frame) => !isOurs(frame) && !OF_FS.test(frame))
  return caller?.includes('node:internal/modules/') === true
}
/** Node itself sets it. */
const PREPARED_BY_NODE = Error.prepareStackTrace
const OF_FS = /\b(node:fs|node:internal\/fs\/\w+):|\(<anonymous>\)$/
