/** The directory, private to this parent, in which generations save state for the next one. */
import { rmSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ownerName, self } from '../../system/owner.ts'
import { privateDirectory, removeWithin, within } from '../../system/private-directory.ts'
import { randomHex } from '../../system/random.ts'
import { keepDescriptors } from '../../system/shortage.ts'

export interface StateDirectory {
  /** Created by the child when it first saves state. */
  readonly directory: string
  /** Removes the state that this generation has saved. */
  readonly forget: (generation: number) => void
  readonly remove: () => void
}

/** How often it is marked as in use, in ms, for those who cannot tell whether we live (stale-state.ts). */
const MARKED_EVERY = 12 * 60 * 60 * 1000

/** That many it takes to remove a directory that holds a file: a parent that has none left may end, too. */
const TO_REMOVE = 4

/** `cwd`: the directory in which the program was started. */
export function createStateDirectory(cwd: string): StateDirectory {
  const directory = join(privateDirectory(cwd), `${ownerName(self())}-${randomHex(8)}`)
  const giveBack = keepDescriptors(TO_REMOVE)
  const inside = (act: (path: string) => void) => {
    try {
      within(dirname(directory), false, (root) => act(join(root, basename(directory))))
    } catch {
      // nothing has been saved
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
      giveBack()
      removeWithin(directory)
    },
  }
}
