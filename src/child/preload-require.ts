/**
 * The first code of a child whose entry Node finds and loads just as without us; passed as `-r`, so all
 * of it is synchronous. A standby stops here until it is launched. The app's worker threads inherit the
 * flag and run this too.
 */
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Preload } from '../protocol/child-config.ts'
import { START } from '../watch/files/paths.ts'
import { beginChild, beginThread, type Child, launch } from './begin.ts'
import { asIfImported, type Hook } from './loaded-files.ts'
import { fileForLoader, untilLaunched } from './standby.ts'

/** Resolves like `-r`, from the working directory. */
const requireFromHere = createRequire(join(START, 'noop.js'))

if (isMainThread) main()
else thread()
delete require.cache[__filename] // hidden from the app

function main(): void {
  const child = beginChild()
  if (child === undefined) return
  const { config, hook } = child
  if (config.launch === null) prepare(child)
  launch(child, config.launch ?? untilLaunched(child))
  run(config.preloads, hook)
}

function thread(): void {
  const inherited = beginThread()
  if (inherited !== undefined) run(inherited.preloads, inherited.hook)
}

function run(preloads: readonly Preload[], hook: Hook): void {
  for (const { specifier } of preloads) requireFromHere(specifier)
  hook.renew()
}

function prepare({ config }: Child): void {
  const index = join(__dirname, 'index.js')
  attempt(() => require(index))
  delete require.cache[index]
  for (const specifier of config.warm) attempt(() => requireFromHere(asIfImported(specifier)))
  const file = config.hasLoader ? fileForLoader(config, '.ts') : undefined
  if (file === undefined) return
  attempt(() => require(file))
  delete require.cache[file]
  rmSync(file, { force: true })
}

/** Ignores what cannot be loaded ahead: the app will load it and report the error. */
function attempt(load: () => unknown): void {
  try {
    load()
  } catch {
    // not found, not for this version of Node, or with a top-level await
  }
}
