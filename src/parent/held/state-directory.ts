/** Where the generations keep what they hand over: a directory of this parent alone, if any is made. */
import { rmSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ownerName, self } from '../../system/owner.ts'
import { privateDirectory, removeWithin, within } from '../../system/private-directory.ts'
import { randomHex } from '../../system/random.ts'

export interface StateDirectory {
  /** The child makes it when it keeps something. */
  readonly directory: string
  /** Drops what this generation has kept. */
  readonly forget: (generation: number) => void
  readonly remove: () => void
}

/** How often it is marked as in use, ms: who cannot tell whether we live goes by that (stale-state.ts). */
const MARKED_EVERY = 12 * 60 * 60 * 1000

/** `cwd` is the one that the program was started in. */
export function createStateDirectory(cwd: string): StateDirectory {
  const directory = join(privateDirectory(cwd), `${ownerName(self())}-${randomHex(8)}`)
  const inside = (act: (path: string) => void) => {
    try {
      within(dirname(directory), false, (root) => act(join(root, basename(directory))))
    } catch {
      // nothing has been kept
    }
  }
  const marking = setInterval(() => {
    inside((path) => utimesSync(path, new Date(), new Date()))
  }, MARKED_EVERY)
  marking.unref()
  return {
    directory,
    forget: (generation) => inside((path) => rmSync(join(path, String(generation)), { force: true })),
    remove() {
      clearInterval(marking)
      removeWithin(directory)
    },
  }
}
