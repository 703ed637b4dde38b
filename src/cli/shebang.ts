/** What the first line of a file says it is to be run by; undefined if it says nothing. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

export type Interpreter =
  | { readonly is: 'node'; readonly flags: readonly string[] }
  | { readonly is: 'other' }

export function interpreterOf(file: string): Interpreter | undefined {
  const line = beginningOf(file).split('\n', 1)[0] ?? ''
  if (!line.startsWith('#!')) return undefined
  // `#!/usr/bin/env -S node --flag` as well: without -S, env takes the rest for one word.
  const match = /^#!\s*(?:\S*\/)?(?:env\s+(?:-S\s*)?)?(?:\S*\/)?(?:node|nodejs)(\s.*)?$/s.exec(line)
  if (match === null) return { is: 'other' }
  return { is: 'node', flags: (match[1] ?? '').split(/\s+/).filter((flag) => flag !== '') }
}

/** The interpreter that an executable file names, if it is not there: the system would say that the file is not. */
export function missingInterpreter(file: string): string | undefined {
  const [, path] = /^#![ \t]*(\S+)/.exec(beginningOf(file)) ?? []
  return path === undefined || existsSync(path) ? undefined : path
}

/** Whether an executable file is a script that does not say what it is for: one for the shell. */
export function isBareScript(file: string): boolean {
  const firstStart = beginningOf(file)
  return !firstStart.startsWith('#!') && !firstStart.includes('\0')
}

/** As much as Linux looks at (execve(2)): a file may be large. */
const LONGEST = 256

function beginningOf(file: string): string {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const bytes = Buffer.alloc(LONGEST)
    return bytes.toString('latin1', 0, readSync(fd, bytes))
  } catch {
    return '\0' // may be executed but not read: no script
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
