/**
 * The first code of a child whose flags include `--import` or `--loader`, so that its entry is loaded by
 * `import`; itself passed as `--import`. A standby stops here until it is launched. The app's worker
 * threads inherit the flag and run this too.
 */
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { Preload } from '../protocol/child-config.ts'
import { START } from '../watch/files/paths.ts'
import { beginChild, beginThread, type Child, launch } from './begin.ts'
import { type Hook, importFromHere } from './loaded-files.ts'
import { fileForLoader, untilLaunched } from './standby.ts'

const requireFromHere = createRequire(join(START, 'noop.js'))

if (isMainThread) await main()
else await thread()

async function main(): Promise<void> {
  const child = beginChild()
  if (child === undefined) return
  const { config, hook } = child
  if (config.launch === null) await prepare(child)
  launch(child, config.launch ?? untilLaunched(child))
  await run(config.preloads, hook)
}

async function thread(): Promise<void> {
  const inherited = beginThread()
  if (inherited !== undefined) await run(inherited.preloads, inherited.hook)
}

async function run(preloads: readonly Preload[], hook: Hook): Promise<void> {
  for (const { kind, specifier } of preloads) {
    if (kind === 'import') await importFromHere(specifier)
    else requireFromHere(specifier)
  }
  hook.renew()
}

/** Ignores what cannot be loaded ahead: the app will load it and report the error. */
async function prepare({ config }: Child): Promise<void> {
  await import('../index.ts')
  for (const specifier of config.warm) await importFromHere(specifier).catch(() => {})
  const file = config.hasLoader ? fileForLoader(config, '.mts') : undefined
  if (file === undefined) return
  await import(pathToFileURL(file).href).catch(() => {})
  rmSync(file, { force: true })
}
