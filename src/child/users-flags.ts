/** The flags that the user gave: the app, and whatever it forks, sees no others. */
import { dirname, join, sep } from 'node:path'
import type { ChildConfig, Preload } from '../protocol/child-config.ts'
import { isThreadLoader } from '../system/flag-kinds.ts'
import { OWN_FILES } from './own-files.ts'

export function showUsersFlags({ execArgv, nodeOptions, preloads }: ChildConfig): void {
  showUsersPreloads(preloads)
  process.execArgv.splice(0, process.execArgv.length, ...execArgv)
  if (nodeOptions !== null) process.env.NODE_OPTIONS = nodeOptions
}

export function showUsersPreloads(preloads: readonly Preload[]): void {
  const { _preload_modules: required } = process as unknown as { _preload_modules?: string[] }
  const added = preloads.flatMap(({ kind, specifier }) => (kind === 'require' ? [specifier] : []))
  const native = required?.filter((path) => join(dirname(path), sep) !== OWN_FILES) ?? []
  required?.splice(0, required.length, ...added, ...native)
}

/** Call this once they are the only ones. */
export const hasThreadLoader = (): boolean =>
  [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(' ')].some(isThreadLoader)
