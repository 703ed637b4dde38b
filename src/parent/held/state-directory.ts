/** Where the generations keep what they hand over: a directory of this parent alone, if any is made. */
import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface StateDirectory {
  /** The child makes it when it keeps something; nobody else can guess its name. */
  readonly directory: string
  /** Drops what this generation has kept. */
  readonly forget: (generation: number) => void
  readonly remove: () => void
}

export function createStateDirectory(): StateDirectory {
  const directory = join(tmpdir(), `exit75-${process.pid}-${randomName()}`)
  const drop = (path: string) => rmSync(path, { recursive: true, force: true })
  return {
    directory,
    forget: (generation) => drop(join(directory, String(generation))),
    remove: () => drop(directory),
  }
}

/** 128 random bits. From the system where that is possible: node:crypto takes longer to load. */
function randomName(): string {
  const bytes = Buffer.alloc(16)
  try {
    const random = openSync('/dev/urandom', 'r')
    readSync(random, bytes)
    closeSync(random)
  } catch {
    process.getBuiltinModule('node:crypto').randomFillSync(bytes) // Windows
  }
  return bytes.toString('hex')
}
