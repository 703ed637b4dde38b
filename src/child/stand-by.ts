/** What a standby does: loads ahead what is not the app's, then waits to be the next child. */
import { mkdirSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type Birth,
  CHANGES_VARIABLE,
  changesVariable,
  type Launch,
  readLaunch,
  SLOT,
  tellParent,
} from '../wire.ts'
import { importFromHere } from './loaded-files.ts'

/** The watcher thread boots within this time, ms, or this standby is of no use. */
const BOOT_TIME = 10_000

export async function standBy(
  { pipe, orders, warm, hasLoader, stateDirectory }: Birth,
  flags: Int32Array,
): Promise<Launch> {
  const { begin } = await import('../role.ts')
  await import('../index.ts')
  for (const specifier of warm) await importFromHere(specifier)
  if (hasLoader) await warmUpLoader(stateDirectory)
  if (Atomics.wait(flags, SLOT.ready, 0, BOOT_TIME) === 'timed-out') return vanish()
  Atomics.store(flags, SLOT.held, 1)
  tellParent(pipe, { is: 'held' })

  // Not an await: an event loop that turns would let others act before the launch.
  const launch = readLaunch(readLine(orders))
  if (launch === undefined) {
    rmSync(stateDirectory, { recursive: true, force: true }) // the parent is gone: nobody else will
    return vanish()
  }
  if (Atomics.load(flags, SLOT.inDoubt) === 1) {
    tellParent(pipe, { is: 'stale', changes: [] })
    return vanish()
  }
  Atomics.store(flags, SLOT.launched, 1)
  begin(launch)
  process.env[CHANGES_VARIABLE] = changesVariable(launch.changes)
  return launch
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

/** Blocks until there is one. A byte at a time: what follows is the watcher thread's. */
function readLine(orders: number): string {
  const byte = Buffer.alloc(1)
  let line = ''
  while (readByte(orders, byte) && byte[0] !== 10) line += byte.toString('latin1')
  return Buffer.from(line, 'latin1').toString()
}

function readByte(orders: number, byte: Buffer): boolean {
  try {
    return readSync(orders, byte) === 1
  } catch {
    return false // EOF: what Windows says at the end of a pipe
  }
}

/** Not SIGTERM, which would let Node put back a terminal that is the app's. */
function vanish(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}
