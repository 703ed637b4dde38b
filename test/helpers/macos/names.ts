/**
 * Makes node:fs of this process answer as a file system of macOS does: a name leads to its file in capitals,
 * too, and in any form of Unicode; a directory lists it as it was written.
 */
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { join, parse, sep } from 'node:path'

/** What takes a path as its first argument. */
const ASKED = [
  ...['statSync', 'lstatSync', 'existsSync', 'readFileSync', 'openSync', 'readdirSync', 'accessSync'],
  ...['readlinkSync', 'statfsSync', 'watch', 'writeFileSync', 'unlinkSync', 'rmSync', 'stat', 'lstat'],
]

export function answerAsMacOs(): void {
  const { readdirSync, existsSync } = fs
  const changeable = createRequire(import.meta.url)('node:fs') as Record<
    string,
    (...args: unknown[]) => unknown
  >
  for (const name of ASKED) {
    const native = changeable[name] as (...args: unknown[]) => unknown
    changeable[name] = (path, ...rest) => native(typeof path === 'string' ? found(path) : path, ...rest)
  }
  // As it is asked for: it resolves links, and no spelling.
  const { realpathSync } = fs
  changeable.realpathSync = (path, ...rest) => {
    const real = realpathSync(found(path as string), ...(rest as []))
    return alike(String(real)) === alike(path as string) ? path : real
  }
  syncBuiltinESMExports()

  /** Returns the path as it is on the disk; where nothing is, as it was given. */
  function found(path: string): string {
    if (existsSync(path)) return path
    const { root } = parse(path)
    let at = root
    for (const name of path.slice(root.length).split(sep)) {
      const next = join(at, name)
      at = existsSync(next) ? next : join(at, entries(at).find((one) => alike(one) === alike(name)) ?? name)
    }
    return at
  }

  function entries(directory: string): string[] {
    try {
      return readdirSync(directory)
    } catch {
      return []
    }
  }
}

const alike = (name: string): string => name.normalize('NFD').toLowerCase()
