/**
 * What a process does for the first time takes a part of a millisecond or more: its code is compiled then. A standby
 * does it ahead, since after the launch a user waits.
 */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ChildConfig } from '../protocol/child-config.ts'
import { PHASE, SLOT } from '../protocol/threads.ts'
import { reporter } from './load-reporter.ts'
import { OWN_FILES } from './own-files.ts'

export function warmUp(): void {
  warmUpReporter()
  // Standard output is one, if it is a pipe or a terminal; it is made when the app first writes.
  const { Socket } = process.getBuiltinModule('node:net')
  new Socket()
}

/** Reports a module of the app's to nobody. It is our own package.json, so that nothing of the app is read too early. */
export function warmUpReporter(): void {
  const flags = new Int32Array(SLOT.length)
  flags[SLOT.phase] = PHASE.running
  const options = { flags, nodeModules: true, stateDirectory: OWN_FILES, reportsImports: true, preloads: [] }
  const url = pathToFileURL(join(OWN_FILES, '../package.json')).href
  reporter(() => {}, options).resolved(url, { specifier: url, parentURL: url, isRequire: false })
}

/** Returns a statement that looks for a package by its name. It finds ours, from a file in the state directory. */
export function bareImport({ stateDirectory }: ChildConfig): string {
  try {
    mkdirSync(join(stateDirectory, 'node_modules'))
    symlinkSync(join(OWN_FILES, '..'), join(stateDirectory, 'node_modules/exit75'), 'junction')
  } catch {
    // an earlier standby has made it, or it cannot be made
  }
  return "try { import.meta.resolve('exit75') } catch {}"
}
