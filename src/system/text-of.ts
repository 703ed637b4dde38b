import { readFileSync } from 'node:fs'

/** Returns the text of a file. Empty if there is none, or it cannot be read: a directory, no permission. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
