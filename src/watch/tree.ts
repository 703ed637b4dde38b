/** What counts below a directory that the app named. */
import { type Dirent, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Visits a directory and all below it, each before its files. Links to directories are not entered. */
export function walk(
  directory: string,
  enter: (directory: string) => void,
  visit: (file: string) => void,
): void {
  enter(directory)
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name)
    if (isPassedOver(path)) continue
    if (entry.isDirectory()) walk(path, enter, visit)
    else visit(path)
  }
}

/** What editors and tools put beside a file while they write it, and what is never a program's data. */
export const isPassedOver = (path: string): boolean =>
  /^\.git$|^node_modules$|~$|^\.#|^#.*#$|\.sw[a-z]$|^4913$|___jb_\w+___$/.test(basename(path))

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch {
    return [] // removed in the meantime, no permission, or a file
  }
}
