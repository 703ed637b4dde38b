import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { upwards } from '../../system/upwards.ts'
import { fsPath } from '../files/fs-path.ts'
import { statOf } from '../files/stamp.ts'

/** Whether git is writing to this file's repository: it holds the index lock for that time. */
export function gitIsWriting(path: string): boolean {
  for (const directory of upwards(dirname(path))) {
    const repository = repositoryIn(directory)
    if (repository !== undefined) return statOf(join(repository, 'index.lock')) !== undefined
  }
  return false
}

/** In a linked worktree `.git` is a file that points to the index's directory (gitrepository-layout(5)). */
function repositoryIn(directory: string): string | undefined {
  const path = join(directory, '.git')
  const stat = statOf(path)
  if (!stat?.isFile()) return stat === undefined ? undefined : path
  try {
    const [, target] = /^gitdir: (.*)$/m.exec(readFileSync(fsPath(path), 'utf8')) ?? []
    return target === undefined ? undefined : resolve(directory, target)
  } catch {
    return undefined // gone in the meantime
  }
}
