/** A snapshot of a tree that moves with it: each change counts once, and then becomes the known state. */
import { isDirectoryLink, stampAs } from './aspects.ts'
import { contentOf, digestOf } from './content.ts'
import { ABSENT, knownState } from './file-state.ts'
import type { Difference, KnownFile, MovingSnapshot, Snapshot } from './interface.ts'
import { createSnapshot } from './snapshot.ts'
import { isFresh, stampOf } from './stamp.ts'

export interface TreeSnapshot extends Snapshot, Unread {
  /** Records a file as it is now, to be read later; ignores what is not a file. */
  readonly note: (path: string) => void
  /** Makes the state that the last comparison found the known one. */
  readonly accept: (path: string) => void
}

/** Files that were stamped but not read yet. */
export interface Unread {
  readonly unread: () => Iterable<string>
  /** Reads one file. `changed`: it differs from its stamp. */
  readonly read: (path: string) => 'read' | 'changed' | 'later'
}

export function createTreeSnapshot(): TreeSnapshot {
  const files = createSnapshot({ verifySyntax: false })
  const reading = unreadOf(files)
  return { ...files, ...reading, note, compare, accept }

  function note(path: string): void {
    const stamp = stampOf(path)
    if (stamp === '' && isDirectoryLink(path)) {
      files.add({ path, stamp: stampAs('target', path) }, 'deciding')
      return
    }
    if (stamp === '') return
    files.put(path, { ...STRANGER, state: { is: 'unread', stamp } })
    if (isFresh(stamp)) reading.read(path) // another write may leave the stamp the same
  }

  function compare(path: string): Difference {
    const state = files.get(path)?.state
    return state?.is === 'unread' && reading.read(path) === 'read' ? 'none' : files.compare(path)
  }

  function accept(path: string): void {
    const state = files.found(path)
    const known = files.get(path) ?? { ...STRANGER, aspect: isDirectoryLink(path) ? 'target' : 'content' }
    if (state === undefined) return
    if (known.aspect === 'target' && !isDirectoryLink(path)) {
      // Something else is in its place, whose whole content counts.
      files.delete(path)
      note(path)
    } else if (state.is !== 'absent' || known.named > 0) files.put(path, { ...known, state })
    else files.delete(path)
  }
}

export function unreadOf(files: MovingSnapshot): Unread {
  return {
    *unread() {
      for (const path of files.paths()) if (files.get(path)?.state.is === 'unread') yield path
    },
    read(path) {
      const known = files.get(path)
      if (known?.state.is !== 'unread') return 'read'
      const { stamp } = known.state
      const content = contentOf(path)
      if (content.is === 'unreadable') return 'later'
      const digest = content.is === 'large' ? files.digests.of(path, stamp) : undefined
      // Stamped after reading: a write before this line shows here.
      if (stampOf(path) !== stamp || content.is === 'absent') {
        files.put(path, { ...known, state: { is: 'unstable', stamp } })
        return 'changed'
      }
      if (content.is === 'large' && digest === undefined) return 'later'
      const state = knownState(stamp, content.is === 'read' ? digestOf(content.bytes) : (digest ?? ''))
      files.put(path, { ...known, state })
      return 'read'
    },
  }
}

/** A file about which nothing is known. */
const STRANGER: KnownFile = { state: ABSENT, aspect: 'content', isLoaded: false, named: 0, checkable: false }
