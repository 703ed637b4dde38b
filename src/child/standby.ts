/** What a standby does: loads ahead what is not the app's, then waits to be the next child. */
import { mkdirSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CHANGES_VARIABLE, changesVariable } from '../protocol/change.ts'
import type { ChildConfig, Launch } from '../protocol/child-config.ts'
import { decodeParentMessage, sendToParent } from '../protocol/messages.ts'
import { SLOT, THREAD_BOOT_TIME, type ThreadMessage } from '../protocol/threads.ts'
import { isSafe, removeWithin, within } from '../system/private-directory.ts'
import { stampOf } from '../watch/files/stamp.ts'
import { importFromHere } from './loaded-files.ts'

export async function runStandby(
  { toParentFd, fromParentFd, warm, hasLoader, stateDirectory, watching }: ChildConfig,
  flags: Int32Array,
  send: (word: ThreadMessage) => void,
): Promise<Launch> {
  const { begin } = await import('../role.ts')
  await import('../index.ts')
  await warmUpResolution()
  for (const specifier of warm) await importFromHere(specifier)
  if (hasLoader) await warmUpLoader(stateDirectory).catch(() => {}) // no place for its file
  if (Atomics.wait(flags, SLOT.ready, 0, THREAD_BOOT_TIME) === 'timed-out') return vanish() // it would be of no use
  Atomics.store(flags, SLOT.held, 1)
  sendToParent(toParentFd, { is: 'held' })

  // Not an await: an event loop that turns would let others act before the launch.
  const [first = '', ...more] = readLines(fromParentFd)
  const message = decodeParentMessage(first)
  const launch = message?.is === 'launch' ? message.launch : undefined
  if (launch === undefined) {
    removeWithin(stateDirectory) // the parent is gone: nobody else will
    return vanish()
  }
  const isStale = [...watching.envFiles, ...watching.heldFiles].some(
    ({ path, stamp }) => stampOf(path) !== stamp,
  )
  if (isStale || Atomics.load(flags, SLOT.inDoubt) === 1) {
    sendToParent(toParentFd, { is: 'stale', changes: [] })
    return vanish()
  }
  begin(launch)
  send({ is: 'launch', launch, more })
  process.env[CHANGES_VARIABLE] = changesVariable(launch.changes)
  return launch
}

/**
 * The first name of a package costs Node a millisecond more than the next ones: to find it, and to
 * read what it exports. This one is found in most apps, and its description is not loaded.
 */
async function warmUpResolution(): Promise<void> {
  await importFromHere('exit75/package.json').catch(() => {})
}

/**
 * The first file costs a loader more than the next ones: tsx starts the process that transforms it.
 * It gets one that it cannot have in its cache.
 */
async function warmUpLoader(directory: string): Promise<void> {
  const place = dirname(directory)
  if (!isSafe(dirname(place))) return // somebody else could put a file in its place
  within(place, true, () => mkdirSync(directory, { recursive: true, mode: 0o700 }))
  const file = join(directory, `${process.pid}.mts`)
  writeFileSync(file, `export const unique: string = '${process.pid} ${Date.now()}'`, { mode: 0o600 })
  await import(pathToFileURL(file).href).catch(() => {}) // not every loader knows every kind of file
  rmSync(file, { force: true })
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
    return chunk.subarray(0, 0) // EOF: what Windows says at the end of a toParentFd
  }
}

/** Not SIGTERM, which would let Node put back a terminal that is the app's. */
function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
