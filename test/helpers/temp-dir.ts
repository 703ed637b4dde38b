/** A folder for one test, made from an object of files, with this package installed in it. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const REPOSITORY: string = fileURLToPath(new URL('../..', import.meta.url))

export interface TempDir {
  readonly path: string
  readonly file: (name: string) => string
  /** Saves in place, as most editors do. */
  readonly write: (name: string, content: string) => void
  /** Saves by a rename over the old file, as vim, IDEs and formatters do. */
  readonly replace: (name: string, content: string) => void
  readonly remove: (name: string) => void
}

export function tempDir(
  t: { after: (fn: () => void) => void },
  files: Record<string, string>,
  name = 'exit75 test',
): TempDir {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)))
  t.after(() => (process.platform === 'win32' ? removedAtExit.push(path) : remove(path)))
  const file = (at: string) => join(path, at)
  const write = (at: string, content: string) => {
    mkdirSync(dirname(file(at)), { recursive: true })
    writeFileSync(file(at), content)
  }
  let saves = 0
  for (const [at, content] of Object.entries(files)) write(at, content)
  mkdirSync(file('node_modules'), { recursive: true })
  install(file('node_modules/exit75'))
  return {
    path,
    file,
    write,
    replace(at, content) {
      saves += 1
      const beside = `${at}.${saves}.new`
      write(beside, content)
      renameSync(file(beside), file(at))
    },
    remove: (at) => rmSync(file(at), { recursive: true }),
  }
}

// On Windows a directory in which a process is running cannot be removed: those of a test end after this.
const removedAtExit: string[] = []
if (process.platform === 'win32') process.on('exit', () => removedAtExit.forEach(remove))

/** An error here would keep the hooks after this one from ending the programs that still write there. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  } catch (error) {
    console.error(`${path} is left behind: ${error}`)
  }
}

/** By a link; on Windows by one that needs no right of its own. Wine has none: there it is copied. */
function install(at: string): void {
  if (process.env.EXIT75_WINE === undefined) return symlinkSync(REPOSITORY, at, 'junction')
  for (const name of ['dist', 'package.json', 'node_modules'])
    cpSync(join(REPOSITORY, name), join(at, name), { recursive: true })
}
