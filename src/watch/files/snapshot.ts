/** Keeps the known state of each watched file: the state that was loaded. */
import { dirname } from 'node:path'
import type { Change, StampedFile } from '../../protocol/change.ts'
import { syntaxFault } from '../change/parse.ts'
import {
  type Aspect,
  contentAs,
  decidingAspect,
  isDirectoryLink,
  partOf,
  stampAs,
  standingAs,
} from './aspects.ts'
import { bufferOf, type Content, digestOf, largeDigests } from './content.ts'
import { ABSENT, type FileState, knownState, stampIn } from './file-state.ts'
import type { ChangedFile, Difference, KnownFile, MovingSnapshot } from './interface.ts'
import { isFresh, sizeIn } from './stamp.ts'

interface Options {
  /** Whether a loader may accept more than Node's parser: then only files that parsed before are checked. */
  readonly verifySyntax: boolean
}

/** In ms since 1970. A file last changed before this has certainly not changed since it was read. */
const START = Date.now() - process.uptime() * 1000 - 1000

export function createSnapshot({ verifySyntax }: Options): MovingSnapshot {
  const files = new Map<string, KnownFile>()
  const byDirectory = new Map<string, Set<string>>()
  /** The last stamp seen, where it is not that of the known state. */
  const seen = new Map<string, { readonly stamp: string; readonly isYoung: boolean }>()
  const found = new Map<string, FileState>()
  const digests = largeDigests()
  /** The last difference, kept so that the file is not read and parsed again while it stays the same. */
  let last: { readonly path: string; readonly stamp: string; readonly difference: ChangedFile } | undefined

  return {
    add(file, origin) {
      const { path, stamp } = file
      last = undefined // it may have been compared with another state
      const before = files.get(path)
      // Loading or naming a file means all of it: a known part is not enough.
      const isPart = before !== undefined && before.aspect !== 'content'
      const known = isPart && origin !== 'deciding' ? undefined : before
      const aspect = known?.aspect ?? (origin === 'deciding' ? decidingAspect(path) : 'content')
      const isNews = known === undefined || (origin === 'loaded' && !known.isLoaded)
      const given = contentIn(file, aspect)
      const isToRead = given === undefined && isNews && origin !== 'held'
      const content = isToRead ? contentAs(aspect, path, standingAs(aspect, path)) : given
      // Stamped after reading: a write between the first stamp and this line shows here.
      const isAsStamped = stampAs(aspect, path) === stamp
      const first = known?.state ?? firstState(stamp, content, isAsStamped || given !== undefined)
      const parses = () => content?.is !== 'read' || syntaxFault(path, content.bytes) === undefined
      set(path, {
        state: first,
        aspect,
        isLoaded: origin === 'loaded' || known?.isLoaded === true,
        named: (before?.named ?? 0) + (origin === 'named' ? 1 : 0),
        checkable: isNews ? origin === 'loaded' && (!verifySyntax || parses()) : known.checkable,
      })
      if (known !== undefined) return true
      if (!isAsStamped || first.is === 'unstable') return false
      return first.is !== 'known' || !first.isYoung || compare(path) === 'none'
    },
    unname(path) {
      const known = files.get(path)
      if (known !== undefined) files.set(path, { ...known, named: known.named - 1 })
    },
    has: (path) => files.has(path),
    get: (path) => files.get(path),
    paths: () => files.keys(),
    in: (directory) => [...(byDirectory.get(directory) ?? [])],
    delete: remove,
    mayHaveChanged(path) {
      const standing = standingAs(aspectOf(path), path)
      // Compared until that succeeds: there may be no event for a change in the meantime.
      if (standing.is === 'unreachable') return files.has(path)
      const stamp = standing.is === 'file' ? standing.stamp : ''
      const state = files.get(path)?.state ?? ABSENT
      const before = seen.get(path) ?? {
        stamp: stampIn(state),
        isYoung: state.is === 'known' && state.isYoung,
      }
      const isYoung = isFresh(stamp)
      if (before.stamp === stamp && before.isYoung === isYoung) return isYoung
      seen.set(path, { stamp, isYoung })
      return before.stamp !== stamp || before.isYoung
    },
    compare,
    put(path, file) {
      forget(path)
      seen.delete(path)
      set(path, file)
    },
    found: (path) => found.get(path),
    digests,
  }

  function compare(path: string): Difference {
    const standing = standingAs(aspectOf(path), path)
    if (standing.is === 'unreachable') return 'later'
    const stamp = standing.is === 'file' ? standing.stamp : ''
    if (last?.path === path && last.stamp === stamp && !isFresh(stamp)) return last.difference
    const known = files.get(path)
    const content = contentAs(aspectOf(path), path, standing)
    if (content.is === 'unreadable') return 'later'
    const digest =
      content.is === 'read' ? digestOf(content.bytes) : content.is === 'large' ? digests.of(path, stamp) : ''
    if (digest === undefined) return 'later'
    const now = digest === '' ? ABSENT : knownState(stamp, digest)
    const then = known?.state ?? ABSENT
    if (isSame(then, now, stamp)) {
      if (known !== undefined) files.set(path, { ...known, state: now })
      seen.delete(path)
      return forget(path)
    }
    const bytes = content.is === 'read' ? content.bytes : Buffer.from(digest)
    const type: Change['type'] = now.is === 'absent' ? 'deleted' : then.is === 'absent' ? 'added' : 'modified'
    // Reuse the same Buffer for the same content: parse results are cached by Buffer.
    const isAsBefore =
      last?.path === path && last.difference.type === type && last.difference.bytes.equals(bytes)
    const difference: ChangedFile =
      isAsBefore && last
        ? last.difference
        : { path, type, bytes, checkable: known?.checkable ?? false, sizeBefore: sizeIn(stampIn(then)) }
    last = { path, stamp, difference }
    found.set(path, now)
    return difference
  }

  function aspectOf(path: string): Aspect {
    return files.get(path)?.aspect ?? (isDirectoryLink(path) ? 'target' : 'content')
  }

  function forget(path: string): 'none' {
    if (last?.path === path) last = undefined
    found.delete(path)
    return 'none'
  }

  function set(path: string, file: KnownFile): void {
    const isNew = !files.has(path)
    files.set(path, file)
    if (!isNew) return
    const directory = dirname(path)
    byDirectory.set(directory, (byDirectory.get(directory) ?? new Set()).add(path))
  }

  function remove(path: string): void {
    forget(path)
    seen.delete(path)
    files.delete(path)
    byDirectory.get(dirname(path))?.delete(path)
  }
}

/** Returns the content that came with a stamp. The stamp of a target is all there is to know. */
function contentIn({ stamp, bytes }: StampedFile, aspect: Aspect): Content | undefined {
  const given = aspect === 'target' && stamp !== '' ? Buffer.from(stamp) : bytes
  return given && { is: 'read', bytes: partOf(aspect, bufferOf(given)) }
}

function firstState(stamp: string, content: Content | undefined, isCertain: boolean): FileState {
  if (stamp === '') return ABSENT // there was no file, whatever there is now
  if (!isCertain || content?.is === 'absent') return { is: 'unstable', stamp }
  if (content?.is !== 'read') return { is: 'unread', stamp }
  return { ...knownState(stamp, digestOf(content.bytes)), isYoung: isFresh(stamp, START) }
}

/** A file that was never read is compared by its stamp. */
function isSame(then: FileState, now: FileState, stamp: string): boolean {
  if (then.is === 'unread') return then.stamp === stamp
  if (then.is === 'absent' || now.is === 'absent') return then.is === now.is
  return then.is === 'known' && now.is === 'known' && then.digest === now.digest
}
