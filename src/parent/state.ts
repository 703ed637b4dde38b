/** Where the generations keep what they hand over: a directory of this parent alone, if any is made. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface States {
  /** The child makes it when it keeps something; nobody else can guess its name. */
  readonly directory: string
  readonly remove: () => void
}

const NAME = /^exit75-(\d+)-[0-9a-f]{32}$/

export function keepStates(): States {
  const directory = join(tmpdir(), `exit75-${process.pid}-${randomBytes(16).toString('hex')}`)
  void removeLeftOvers(tmpdir())
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Parent and child may both have been killed: what is left of them is removed by the next parent. */
async function removeLeftOvers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => [])
  for (const name of names) {
    const pid = NAME.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const path = join(parent, name)
    const owner = await stat(path).catch(() => undefined)
    if (owner?.uid === process.getuid?.()) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH' // EPERM: alive, and somebody else's
  }
}
