import type { Log } from '../../src/log.ts'

/** A log that writes nothing. */
export const silentLog: Log = {
  isDebug: false,
  debug() {},
  info() {},
  once() {},
  warn() {},
  fault() {},
  progress() {},
  close() {},
}
