/** Windows refuses to rename onto a file while another process has it open, as virus scanners do for a moment. */
import { renameSync } from 'node:fs'
import { monotonic } from './monotonic.ts'

const BUSY = new Set(['EPERM', 'EACCES', 'EBUSY'])
/** How long to retry, and the pause in between, in ms. */
const TIME = 2000
const PAUSE = 10

/** Renames a file, replacing any other. Blocks while it retries. */
export function renameOver(
  from: string,
  to: string,
  rename: (from: string, to: string) => void = renameSync,
  mayBeBusy: boolean = process.platform === 'win32',
): void {
  const memory = new Int32Array(new SharedArrayBuffer(4))
  for (const end = monotonic() + TIME; ; Atomics.wait(memory, 0, 0, PAUSE)) {
    try {
      return rename(from, to)
    } catch (error) {
      const isBusy = mayBeBusy && BUSY.has((error as NodeJS.ErrnoException).code ?? '')
      if (!isBusy || monotonic() > end) throw error
    }
  }
}
