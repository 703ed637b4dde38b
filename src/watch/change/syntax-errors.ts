/** Code that does not parse is not run: its fault is told instead, once for each content. */
import type { ChildMessage } from '../../protocol/messages.ts'
import type { ChangedFile } from '../files/snapshot.ts'
import { lineInModule, syntaxFault } from './parse.ts'

/** A file that does not parse may be half written: nothing is said before this time, ms. */
const BROKEN_QUIET = 150

export interface Broken {
  /**
   * Tells the faults of these. The time, ms, after which they are to be looked at again, if it is too
   * early to speak of them; undefined: all is said.
   */
  readonly tell: (broken: readonly ChangedFile[], lastTouch: number) => number | undefined
  /** The file is again as it was loaded. */
  readonly mended: (path: string) => void
}

export const isBroken = ({ path, type, bytes, checkable }: ChangedFile): boolean =>
  checkable && type !== 'deleted' && syntaxFault(path, bytes) !== undefined

export function brokenFiles(say: (word: ChildMessage) => void): Broken {
  /** The content that was told. */
  const told = new Map<string, Buffer>()

  return {
    tell(broken, lastTouch) {
      const news = broken.filter(({ path, bytes }) => !told.get(path)?.equals(bytes))
      if (news.length === 0) return undefined
      const wait = lastTouch + BROKEN_QUIET - performance.now()
      if (wait > 0) return wait
      for (const file of news) {
        told.set(file.path, file.bytes)
        void tellFault(file)
      }
      return undefined
    },
    mended(path) {
      if (told.delete(path)) say({ is: 'fixed', path })
    },
  }

  async function tellFault({ path, bytes }: ChangedFile): Promise<void> {
    const fault = syntaxFault(path, bytes)
    if (fault === undefined) return
    const line = fault.line ?? (await lineInModule(bytes))
    if (told.get(path) === bytes) say({ is: 'syntax-error', path, line, message: fault.message })
  }
}
