/**
 * Writes to stderr without ever waiting for its reader: a full pipe that nobody reads, or a terminal that
 * was stopped by Ctrl-S, must not hold up signals and restarts. What finds no room is dropped and counted.
 */

export interface Stderr {
  readonly write: (text: string) => void
  /** Stops handling errors: from then on stderr is only the program's own. */
  readonly close: () => void
}

/** Most bytes that wait for a slow reader, besides those that the system buffers. */
const MOST_WAITING = 4096

/** `lost` returns the line that says how many were dropped; it is written once the rest has been read. */
export function createStderr(
  lost: (count: number) => string,
  stderr: NodeJS.WriteStream = process.stderr,
): Stderr {
  let dropped = 0
  const ignore = () => {} // a closed stderr must not end the program
  stderr.on('error', ignore)
  return {
    write,
    close: () => void stderr.off('error', ignore),
  }

  function write(text: string): void {
    if (stderr.writableLength > MOST_WAITING) {
      dropped += 1
      return
    }
    withoutWaiting(stderr, () => stderr.write(text, flowsAgain))
  }

  function flowsAgain(error?: Error | null): void {
    if (error || dropped === 0 || stderr.writableLength > 0) return
    const count = dropped
    dropped = 0
    write(lost(count))
  }
}

/** The part of a stream that Node has no API for. Absent for a file. */
interface Internals {
  readonly _handle?: { readonly setBlocking?: (blocks: boolean) => unknown } | null
}

/**
 * Node expects its pipes not to block, and queues what does not fit. But the start of any process makes
 * the standard streams block, also for this one. Restored at once, since they are the child's too.
 */
function withoutWaiting(stream: NodeJS.WriteStream, act: () => unknown): void {
  const { _handle } = stream as Internals
  if (process.platform === 'win32' || typeof _handle?.setBlocking !== 'function') return void act()
  _handle.setBlocking(false)
  try {
    act()
  } finally {
    _handle.setBlocking(true)
  }
}
