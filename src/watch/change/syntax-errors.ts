/** Code that does not parse is not run: its error is reported instead, once for each content. */
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import type { ChangedFile } from '../files/interface.ts'
import { lineInModule, syntaxFault } from './parse.ts'

/** A file that does not parse may be half written: nothing is reported before this time, in ms. */
export const HALF_WRITTEN = 150

export interface SyntaxErrorFound {
  readonly path: string
  /** Null if the parser does not tell. */
  readonly line: number | null
  readonly message: string
}

export interface SyntaxEvents {
  readonly onSyntaxError: (error: SyntaxErrorFound) => void
  /** The file is as it was loaded again. */
  readonly onFixed: (path: string) => void
}

export interface SyntaxCheck {
  readonly isBroken: (file: ChangedFile) => boolean
  /**
   * Reports the errors in these files. Returns the time after which to check them again if it is too early
   * to report, in ms. Undefined if everything has been reported.
   */
  readonly report: (broken: readonly ChangedFile[], lastTouch: number) => number | undefined
  readonly fixed: (path: string) => void
}

export function createSyntaxCheck(
  { onSyntaxError, onFixed }: SyntaxEvents,
  clock: Clock = SYSTEM_CLOCK,
): SyntaxCheck {
  /** The content of each file whose error was reported. */
  const reported = new Map<string, Buffer>()

  return {
    isBroken: ({ path, type, bytes, checkable }) =>
      checkable && type !== 'deleted' && syntaxFault(path, bytes) !== undefined,
    report(broken, lastTouch) {
      const unreported = broken.filter(({ path, bytes }) => !reported.get(path)?.equals(bytes))
      if (unreported.length === 0) return undefined
      const wait = lastTouch + HALF_WRITTEN - clock.now()
      if (wait > 0) return wait
      for (const file of unreported) {
        reported.set(file.path, file.bytes)
        void reportFault(file)
      }
      return undefined
    },
    fixed(path) {
      if (reported.delete(path)) onFixed(path)
    },
  }

  async function reportFault({ path, bytes }: ChangedFile): Promise<void> {
    const fault = syntaxFault(path, bytes)
    if (fault === undefined) return
    const line = fault.line ?? (await lineInModule(bytes))
    if (reported.get(path) === bytes) onSyntaxError({ path, line, message: fault.message })
  }
}
