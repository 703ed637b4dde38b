/**
 * The first code of a child whose flags include `--import` or `--loader`, so that its entry is loaded by
 * `import`; itself passed as `--import`. A standby stops here until it is launched. The app's worker
 * threads inherit the flag and run this too.
 */
import { rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { StampedFile } from '../protocol/change.ts'
import type { Preload } from '../protocol/child-config.ts'
import type { PackageModule } from '../protocol/packages.ts'
import { beginChild, beginThread, type Child, launch } from './begin.ts'
import { appBegins } from './forked-processes.ts'
import { type Hook, importFromHere } from './loaded-files.ts'
import { canImportAhead } from './packages/builtin-imports.ts'
import { loadPlanned } from './packages/planned.ts'
import { requireAs } from './packages/stand-in.ts'
import { requirePreload } from './require-preload.ts'
import { fileForLoader, noteUnloaded, receivePlan, untilLaunched } from './standby.ts'
import { warmUp } from './warm-up.ts'

if (isMainThread) await main()
else await thread()

async function main(): Promise<void> {
  const child = beginChild()
  if (child === undefined) return
  const { config, hook } = child
  const files = config.launch === null ? await prepare(child) : []
  launch(child, config.launch ?? untilLaunched(child, files))
  await run(config.preloads, hook)
}

async function thread(): Promise<void> {
  const inherited = beginThread()
  if (inherited !== undefined) await run(inherited.preloads, inherited.hook)
}

async function run(preloads: readonly Preload[], hook: Hook): Promise<void> {
  for (const { kind, specifier } of preloads) {
    if (kind === 'import') await importFromHere(specifier)
    else requirePreload(specifier)
  }
  hook.renew()
  appBegins()
}

/** Returns the files that were read, whose changes make the standby stale. */
async function prepare(child: Child): Promise<readonly StampedFile[]> {
  const { config } = child
  warmUp()
  await import('../index.ts')
  const file = config.hasLoader ? fileForLoader(config, '.mts') : undefined
  if (file !== undefined) {
    await attempt(() => import(pathToFileURL(file).href))
    rmSync(file, { force: true })
  }
  const plan = receivePlan(child)
  for (const specifier of config.warm) {
    const { error } = await attempt(() => importFromHere(specifier))
    if (error !== undefined) noteUnloaded(config, specifier, error)
  }
  const alive = setInterval(() => {}, 1000) // a module may wait for something that keeps nothing alive
  const isIgnored = () => {} // a refused operation may fail later, in a standby that is about to be replaced
  process.on('uncaughtException', isIgnored)
  const loading = loadPlanned(child, plan)
  let step = loading.next()
  while (step.done !== true) {
    const { value } = step
    step = loading.next(await attempt(() => load(value)))
  }
  clearInterval(alive)
  process.off('uncaughtException', isIgnored)
  return step.value
}

function load({ url, by, from }: PackageModule): unknown {
  const isOfNode = url.startsWith('node:')
  if (by === 'import' && (!isOfNode || canImportAhead || url === 'node:process')) return import(url)
  return isOfNode ? process.getBuiltinModule(url) : requireAs(fileURLToPath(url), from)
}

/** Ignores what cannot be loaded ahead: the app will load it and report the error. */
async function attempt(load: () => unknown): Promise<{ readonly error?: unknown }> {
  try {
    await load()
    return {}
  } catch (error) {
    return { error }
  }
}
