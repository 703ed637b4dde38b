/** Code that could not start is not run: files that do not parse, or a missing entry. Each is reported once. */
import { type Clock, SYSTEM_CLOCK } from '../clock.ts'
import type { ChangedFile } from '../files/interface.ts'
import { lineInModule, syntaxFault } from './parse.ts'

/** A file that does not parse may be half written: nothing is reported before this time, in ms. */
export const HALF_WRITTEN = 150

export interface SyntaxErrorFound {
  readonly path: string
  /** Null if the parser does not give it. */
  readonly line: number | null
  readonly message: string
}

export interface SyntaxEvents {
  readonly onSyntaxError: (error: SyntaxErrorFound) => void
  /** The program's own file has been deleted: a build may have removed it, and be about to write it again. */
  readonly onGone?: (path: string) => void
  /** The file is again as it was loaded. */
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
  { onSyntaxError, onGone = () => {}, onFixed }: SyntaxEvents,
  clock: Clock = SYSTEM_CLOCK,
  isEntry: (path: string) => boolean = () => false,
): SyntaxCheck {
  /** The content of each file whose error was reported. */
  const reported = new Map<string, Buffer>()

  return {
    isBroken: ({ path, type, bytes, checkable }) =>
      type === 'deleted' ? isEntry(path) : checkable && syntaxFault(path, bytes) !== undefined,
    report(broken, lastTouch) {
      const unreported = broken.filter(({ path, bytes }) => !reported.get(path)?.equals(bytes))
      if (unreported.length === 0) return undefined
      const wait = lastTouch + HALF_WRITTEN - clock.now()
      if (wait > 0) return wait
      for (const file of unreported) {
        reported.set(file.path, file.bytes)
        if (file.type === 'deleted') onGone(file.path)
        else void reportFault(file)
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
