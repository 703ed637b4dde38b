/** Reads the `#!` line of a file. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'

export type Interpreter =
  | { readonly is: 'node'; readonly flags: readonly string[] }
  | { readonly is: 'other' }

/** Returns what runs a file according to its first line. Undefined without `#!`. */
export function interpreterOf(file: string): Interpreter | undefined {
  const line = beginningOf(file).split('\n', 1)[0] ?? ''
  if (!line.startsWith('#!')) return undefined
  // Also `#!/usr/bin/env -S node --flag`: without -S, env takes the rest as one word.
  const match = /^#!\s*(?:\S*\/)?(?:env\s+(?:-S\s*)?)?(?:\S*\/)?(?:node|nodejs)(\s.*)?$/s.exec(line)
  if (match === null) return { is: 'other' }
  return { is: 'node', flags: (match[1] ?? '').split(/\s+/).filter((flag) => flag !== '') }
}

/** Returns a file's interpreter if it does not exist: the system would report the file as missing. */
export function missingInterpreter(file: string): string | undefined {
  const [, path] = /^#![ \t]*(\S+)/.exec(beginningOf(file)) ?? []
  return path === undefined || existsSync(path) ? undefined : path
}

/** Whether an executable file is a script without `#!`, which a shell runs. */
export function isBareScript(file: string): boolean {
  const beginning = beginningOf(file)
  return !beginning.startsWith('#!') && !beginning.includes('\0')
}

/** Number of bytes that Linux reads (execve(2)). */
const LONGEST = 256

/** Byte by byte (`latin1`). */
export function beginningOf(file: string, length: number = LONGEST): string {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const bytes = Buffer.alloc(length)
    return bytes.toString('latin1', 0, readSync(fd, bytes))
  } catch {
    return '\0' // executable but unreadable: not a script
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
