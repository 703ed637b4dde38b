/** What a standby does: lets a loader do its first work ahead, then waits to be the next child. */
import { mkdirSync, readSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CHANGES_VARIABLE, changesVariable } from '../protocol/change.ts'
import type { ChildConfig, Launch } from '../protocol/child-config.ts'
import { decodeParentMessage, sendToParent } from '../protocol/messages.ts'
import { advance, PHASE, SLOT, THREAD_BOOT_TIME } from '../protocol/threads.ts'
import { isSafe, removeWithin, within } from '../system/private-directory.ts'
import { realPathOf } from '../system/real-path.ts'
import { isWithin } from '../watch/files/paths.ts'
import { stampOf } from '../watch/files/stamp.ts'
import type { Child } from './begin.ts'
import { endObservation } from './observed-reads.ts'

/** Blocks until the parent launches this process; the app must not find any event of before. */
export function untilLaunched({ config, role }: Child): Launch {
  const { toParentFd, fromParentFd, stateDirectory, watching, entry } = config
  const { flags, send } = role
  const read = endObservation().filter(({ path }) => !isWithin(path, stateDirectory)) // but what we gave it ourselves
  for (const file of read) if (file.stamp !== '') send({ is: 'loaded', file })
  if (Atomics.wait(flags, SLOT.threadReady, 0, THREAD_BOOT_TIME) === 'timed-out') return vanish() // it would be of no use
  advance(flags, PHASE.held)
  sendToParent(toParentFd, { is: 'held' })

  const [first = '', ...more] = readLines(fromParentFd)
  const message = decodeParentMessage(first)
  const launch = message?.is === 'launch' ? message.launch : undefined
  if (launch === undefined) {
    removeWithin(stateDirectory) // the parent is gone: it will not do it
    return vanish()
  }
  const known = [...watching.envFiles, ...watching.heldFiles, ...read]
  const isStale = known.some(({ path, stamp }) => stampOf(path) !== stamp)
  // By Node itself the entry was found before this: the links on its path may lead elsewhere by now.
  const isMoved = entry !== null && realPathOf(entry.path) !== entry.real
  if (isStale || isMoved || Atomics.load(flags, SLOT.inDoubt) === 1) {
    sendToParent(toParentFd, { is: 'stale', changes: [] })
    return vanish()
  }
  send({ is: 'launch', launch, more })
  process.env[CHANGES_VARIABLE] = changesVariable(launch.changes)
  return launch
}

/**
 * The first file costs a loader more than the next ones: tsx starts the process that transforms it.
 * It gets one that it cannot have in its cache. Not every loader knows every kind of file, so what
 * comes of it does not matter.
 */
export function fileForLoader({ stateDirectory }: ChildConfig, extension: string): string | undefined {
  const place = dirname(stateDirectory)
  const file = join(stateDirectory, `${process.pid}${extension}`)
  const text = `export const unique: string = '${process.pid} ${Date.now()}'`
  try {
    if (!isSafe(dirname(place))) return undefined // somebody else could put a file in its place
    within(place, true, (root) =>
      mkdirSync(join(root, basename(stateDirectory)), { recursive: true, mode: 0o700 }),
    )
    writeFileSync(file, text, { mode: 0o600 })
    return file
  } catch {
    return undefined // no place for it: a full disk, a directory that is missing or read-only
  }
}

/** Blocks until the parent says something: whole lines, since it writes them in one piece. */
function readLines(fromParentFd: number): string[] {
  const chunks: Buffer[] = []
  for (let chunk = readSome(fromParentFd); chunk.length > 0; chunk = readSome(fromParentFd)) {
    chunks.push(chunk)
    if (chunk.at(-1) === 10) break
  }
  return Buffer.concat(chunks).toString().split('\n')
}

/** Empty at the end. */
function readSome(fromParentFd: number): Buffer {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  try {
    return chunk.subarray(0, readSync(fromParentFd, chunk))
  } catch {
    return chunk.subarray(0, 0) // EOF: what Windows says at the end of a pipe
  }
}

/** Not SIGTERM, which would let Node put back a terminal that is the app's. */
function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
