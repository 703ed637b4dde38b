/** The files that hold the state for the next generation; only this user can read them. */
import {
  chmodSync,
  closeSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { role } from '../role.ts'
import { within } from '../system/private-directory.ts'
import { renameOver } from '../system/rename.ts'
import { isAbsence } from '../watch/files/stamp.ts'

/** Writes the state that a generation saves. Throws an error that names the directory. */
export function keep(content: Buffer, generation: number, directory: string): void {
  try {
    inDirectory(directory, true, (path) => {
      removeOlder(generation, path) // first, or generations that never get to the end would pile up
      const { threadId } = process.getBuiltinModule('node:worker_threads') // other threads may save, too
      const unfinished = join(path, `${generation}.${threadId}.new`)
      writeWhole(unfinished, digestOf(content), content)
      renameOver(unfinished, join(path, String(generation)))
    })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const [, system] = /^[A-Z]+: (.*?),/.exec(message) ?? [] // leaves out our internal path
    const reason = system === undefined ? message : `${system} (${code})`
    const error = new Error(`saveState(value): cannot save it in ${directory}: ${reason}`, { cause })
    throw Object.assign(error, code === undefined ? {} : { code })
  }
}

/** Tries again if another program, at its end, has just removed the directory because it was empty. */
function inDirectory<T>(directory: string, make: boolean, act: (path: string) => T): T {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return within(dirname(directory), make, (root) => {
        const path = join(root, basename(directory))
        if (make) mkdirSync(path, { recursive: true, mode: 0o700 })
        if (make) chmodSync(path, 0o700) // the umask may exclude even this user
        return act(path)
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' || !make || attempt === ATTEMPTS) throw error
    }
  }
}

const ATTEMPTS = 5

/** Readable by this user alone, whatever the umask. An unfinished file is removed. */
function writeWhole(path: string, ...parts: Buffer[]): void {
  rmSync(path, { force: true }) // left over from a crash
  const file = openSync(path, 'wx', 0o600)
  try {
    fchmodSync(file, 0o600)
    for (const part of parts) for (let at = 0; at < part.length; ) at += writeSync(file, part, at)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}

/**
 * Keeps the value passed to this generation, since another thread may not have read it yet, and those
 * of later generations, which may run beside this one (option `overlap`).
 */
function removeOlder(generation: number, directory: string): void {
  const handed = newestBefore(generation, directory)
  for (const name of readdirSync(directory)) {
    // parseInt, since the name of an unfinished file also begins with its generation.
    if (Number.parseInt(name, 10) < generation && name !== String(handed))
      rmSync(join(directory, name), { recursive: true, force: true })
  }
}

/** Returns the newest state that was saved before a generation. Undefined if there is none, or it is damaged. */
export function readNewest(directory: string, generation: number): unknown {
  try {
    return inDirectory(directory, false, (path) => readNewestIn(path, directory, generation))
  } catch (error) {
    if (!isAbsence(error))
      note(`the saved state in ${directory} cannot be read: ${(error as Error).message} · ignored`)
    return undefined // nothing has been saved yet, or can be
  }
}

function readNewestIn(path: string, directory: string, generation: number): unknown {
  const newest = newestBefore(generation, path)
  if (newest === undefined) return undefined
  try {
    const bytes = readFileSync(join(path, String(newest)))
    const content = bytes.subarray(DIGEST_SIZE)
    if (digestOf(content).equals(bytes.subarray(0, DIGEST_SIZE))) return v8().deserialize(content)
  } catch {
    // reported below: unreadable, or not what was written
  }
  note(`the saved state in ${join(directory, String(newest))} is damaged · ignored`)
  return undefined
}

function note(text: string): void {
  if (role.is === 'child') role.send({ is: 'note', text })
}

function newestBefore(generation: number, directory: string): number | undefined {
  const before = readdirSync(directory)
    .map(Number)
    .filter((number) => number < generation) // NaN for unfinished files
  return before.length === 0 ? undefined : Math.max(...before)
}

const DIGEST_SIZE = 32
const digestOf = (content: Buffer): Buffer =>
  process.getBuiltinModule('node:crypto').createHash('sha256').update(content).digest()

/** Loaded lazily, since most programs save nothing. */
export const v8 = (): typeof import('node:v8') => process.getBuiltinModule('node:v8')
