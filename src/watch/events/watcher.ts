/**
 * Watches files, and directories with everything below them. An event says where to look, never what
 * has changed: any event in a directory compares all known files in it.
 */
import { isDirectoryLink, stampAs } from '../files/aspects.ts'
import { isDirectory, isWithin } from '../files/paths.ts'
import { leadsNowhere } from '../files/places.ts'
import { watchApart } from './apart.ts'
import { findAppearing } from './appearing.ts'
import { delayed } from './delayed.ts'
import { createDependents } from './dependents.ts'
import { createDirectories } from './directories.ts'
import type { Watcher, WatcherOptions } from './interface.ts'
import { createLooks } from './looks.ts'
import { watchDirectory } from './node-watch.ts'
import { inOneStream, onRebuild } from './one-stream.ts'
import { createSource, isRemote } from './polling.ts'
import { EVERYTHING, isDenied } from './walk.ts'
import { watchedRoots } from './watched-roots.ts'

/** How long macOS may report nothing after a watch was added or removed, in ms. */
const ARMING_TIME = process.platform === 'darwin' ? 300 : 0

/** Delay after a change before the links in its path are resolved again, in ms. */
const ATTACHING_TIME = 20

export function createWatcher({
  files,
  poll,
  isNear,
  filter = EVERYTHING,
  watch = watchDirectory,
  armingTime = ARMING_TIME,
  onTouched,
  onPolling,
}: WatcherOptions): Watcher {
  const roots = watchedRoots()
  const dependents = createDependents()
  /** Paths whose links may lead elsewhere now. Delayed, so that the change itself is decided first. */
  const detached = delayed(ATTACHING_TIME, attachAgain)
  const looks = createLooks({ lookIn, everything })
  const source = createSource(poll, looks.lookAtEverything, onPolling)
  const directories = createDirectories({
    watch: armingTime > 0 ? inOneStream(watch) : watch,
    hasEvents: () => source.state() === 'events',
    onEvent: looks.happened,
    onBurst: looks.distrust,
    onFailed: failed,
  })
  const leaveStream = armingTime > 0 ? onRebuild(() => looks.everythingIn(armingTime)) : () => {}
  const apart = watchApart({
    onEvent: (path) => lookAt(path),
    onPolled: (path) => onPolling(`${path} is itself a mount point`),
  })
  const appearing = findAppearing({
    roots,
    filter,
    isNear,
    isKnown: files.has,
    isKept: directories.has,
    keep,
    onFile: appeared,
  })

  return {
    follow(path, origin, visit = () => {}) {
      if (source.state() === 'closed') return
      attach(path)
      if (origin !== 'named') return
      roots.add(path)
      appearing.lookBelow(path, (file, isLink) => {
        visit(file)
        if (!isLink) return
        attach(file)
        if (isDirectoryLink(file)) files.add({ path: file, stamp: stampAs('target', file) }, 'deciding')
      })
    },
    lookBelow: appearing.lookBelow,
    lookAtPending: looks.lookAtPending,
    examine: (path) => void (source.state() === 'events' && apart.examine(path, path)),
    unfollow(path) {
      roots.remove(path)
      files.unname(path)
      for (const file of files.paths()) {
        if (!isWithin(file, path)) continue
        const known = files.get(file)
        if (known && !known.isLoaded && known.named === 0 && !roots.hold(file)) forget(file)
      }
    },
    narrow() {
      for (const at of [...directories.paths()]) {
        const holdsRoot = roots.paths().some((root) => isWithin(root, at))
        if (holdsRoot || !roots.hold(at) || (isDirectory(at) && filter.enters(at))) continue
        directories.drop(at)
      }
    },
    isWatched: (path) => files.has(path) || roots.hold(path),
    close() {
      source.close()
      detached.stop()
      leaveStream()
      looks.stop()
      directories.close()
      apart.close()
      roots.clear()
    },
  }

  /** Watches every directory in which a change may affect this path. */
  function attach(path: string): void {
    const places = dependents.set(path)
    for (const directory of places.directories) keep(directory)
    if (source.state() === 'events') apart.examine(path, places.target)
  }

  function keep(directory: string): void {
    if (source.state() === 'closed') return
    const isNew = !directories.has(directory)
    directories.keep(directory)
    if (isNew && source.state() === 'events' && isRemote(directory))
      source.fallBack(`${directory} is on a network or shared mount`)
  }

  function forget(path: string): void {
    files.delete(path)
    dependents.delete(path)
    apart.release(path)
  }

  function lookIn(directory: string): void {
    if (source.state() === 'closed') return
    renew(directory)
    for (const path of files.in(directory)) lookAt(path)
    for (const path of dependents.of(directory)) lookAt(path)
    appearing.lookIn(directory)
  }

  /** A directory was replaced, removed or restored: its files may differ. */
  function renew(directory: string): void {
    for (const other of directories.renew(directory)) {
      for (const path of files.in(other)) lookAt(path)
      if (roots.hold(other)) appearing.lookBelow(other)
    }
  }

  function lookAt(path: string): void {
    if (roots.has(path)) renew(path)
    if (!isKnown(path)) return // no longer followed, or not yet added
    if (files.mayHaveChanged(path)) touched(path)
    // It may lead elsewhere, to the same content, or be a link to a file that does not exist yet.
    else if (dependents.has(path) || isToCome(path)) detached.add(path)
  }

  function appeared(file: string): void {
    if (files.mayHaveChanged(file)) touched(file)
    else if (!dependents.has(file) && leadsNowhere(file)) detached.add(file)
  }

  /** Also true for a broken link below a named directory, which is not among the files. */
  function isKnown(path: string): boolean {
    return files.has(path) || (dependents.has(path) && roots.hold(path))
  }

  function isToCome(path: string): boolean {
    return files.get(path)?.state.is === 'absent' && leadsNowhere(path)
  }

  function touched(path: string): void {
    onTouched(path)
    detached.add(path)
  }

  /** Then also checks for what happened in between. */
  function attachAgain(path: string): void {
    attach(path)
    if (isKnown(path) && files.mayHaveChanged(path)) onTouched(path)
  }

  function* everything(): Iterable<unknown> {
    for (const directory of [...directories.paths()]) yield lookIn(directory)
  }

  function failed(path: string, error: NodeJS.ErrnoException): void {
    if (isDenied(error) && filter.denied !== undefined) {
      directories.drop(path) // a change of permissions is an event in the parent directory
      filter.denied(path)
    } else {
      // ENOSPC: limit of inotify watches; EMFILE: of inotify instances or descriptors.
      source.fallBack(error.code === undefined ? error.message : `${error.code} for ${path}`)
    }
  }
}
