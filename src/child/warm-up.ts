/**
 * What a process does for the first time takes a part of a millisecond or more: its code is compiled then, and that of
 * a regular expression once more when it is used again. A standby does it ahead, since after the launch a user waits.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PHASE, SLOT } from '../protocol/threads.ts'
import { reportEntryLink, reporter } from './load-reporter.ts'
import { OWN_FILES } from './own-files.ts'

export function warmUp(): void {
  warmUpResolution()
  warmUpOutput()
}

/** Finds modules and reports them to nobody. They are files of ours, so that nothing of the app is read too early. */
export function warmUpResolution(): void {
  const flags = new Int32Array(SLOT.length)
  flags[SLOT.phase] = PHASE.running
  const options = { flags, nodeModules: true, stateDirectory: OWN_FILES, reportsImports: true, preloads: [] }
  const { resolved } = reporter(() => {}, options)
  for (const name of ['../package.json', './index.js', './require-index.cjs']) {
    const url = pathToFileURL(join(OWN_FILES, name)).href
    resolved(url, { specifier: url, parentURL: url, isRequire: false })
  }
  const index = join(OWN_FILES, 'index.js')
  reportEntryLink(() => {}, index)
  // Node checks what a package exports with long regular expressions. Ours is found from within, by its own name.
  const { resolve } = createRequire(index)
  for (const name of ['exit75', 'exit75/register', 'exit75/run']) resolve(name)
}

/** The app's console and its stream are made when the app first writes. */
function warmUpOutput(): void {
  const { Socket } = process.getBuiltinModule('node:net')
  const { Writable } = process.getBuiltinModule('node:stream')
  const { Console } = process.getBuiltinModule('node:console')
  new Socket()
  new Console(new Writable({ write: (_chunk, _encoding, done) => done() })).log('')
}
