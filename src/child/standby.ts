/** What a standby does: loads ahead what is not the app's, then waits to be the next child. */
import { mkdirSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stampOf } from '../watch/files/stamp.ts'
import {
  type Birth,
  CHANGES_VARIABLE,
  changesVariable,
  type Launch,
  readLaunch,
  SLOT,
  THREAD_BOOT_TIME,
  type ThreadWord,
  tellParent,
} from '../wire.ts'
import { importFromHere } from './loaded-files.ts'

export async function standBy(
  { pipe, orders, warm, hasLoader, stateDirectory, watching }: Birth,
  flags: Int32Array,
  tell: (word: ThreadWord) => void,
): Promise<Launch> {
  const { begin } = await import('../role.ts')
  await import('../index.ts')
  await warmUpResolution()
  for (const specifier of warm) await importFromHere(specifier)
  if (hasLoader) await warmUpLoader(stateDirectory)
  if (Atomics.wait(flags, SLOT.ready, 0, THREAD_BOOT_TIME) === 'timed-out') return vanish() // it would be of no use
  Atomics.store(flags, SLOT.held, 1)
  tellParent(pipe, { is: 'held' })

  // Not an await: an event loop that turns would let others act before the launch.
  const [first = '', ...more] = readLines(orders)
  const launch = readLaunch(first)
  if (launch === undefined) {
    rmSync(stateDirectory, { recursive: true, force: true }) // the parent is gone: nobody else will
    return vanish()
  }
  const isStale = [...watching.envFiles, ...watching.heldFiles].some(
    ({ path, stamp }) => stampOf(path) !== stamp,
  )
  if (isStale || Atomics.load(flags, SLOT.inDoubt) === 1) {
    tellParent(pipe, { is: 'stale', changes: [] })
    return vanish()
  }
  begin(launch)
  tell({ is: 'launch', launch, more })
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
  const file = join(directory, `${process.pid}.mts`)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(file, `export const unique: string = '${process.pid} ${Date.now()}'`, { mode: 0o600 })
  await import(pathToFileURL(file).href).catch(() => {}) // not every loader knows every kind of file
  rmSync(file, { force: true })
}

/** Blocks until the parent says something: whole lines, since it writes them in one piece. */
function readLines(orders: number): string[] {
  const chunks: Buffer[] = []
  for (let chunk = readSome(orders); chunk.length > 0; chunk = readSome(orders)) {
    chunks.push(chunk)
    if (chunk.at(-1) === 10) break
  }
  return Buffer.concat(chunks).toString().split('\n')
}

/** Empty at the end. */
function readSome(orders: number): Buffer {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  try {
    return chunk.subarray(0, readSync(orders, chunk))
  } catch {
    return chunk.subarray(0, 0) // EOF: what Windows says at the end of a pipe
  }
}

/** Not SIGTERM, which would let Node put back a terminal that is the app's. */
function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
