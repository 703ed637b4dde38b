/**
 * The first code of a child whose entry Node finds and loads just as without us; passed as `-r`, so all
 * of it is synchronous. A standby stops here until it is launched. The app's worker threads inherit the
 * flag and run this too.
 */
import { readFileSync, rmSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { types } from 'node:util'
import threads, { isMainThread } from 'node:worker_threads'
import type { StampedFile } from '../protocol/change.ts'
import type { ChildConfig, Preload } from '../protocol/child-config.ts'
import type { LoadPlan, PackageModule } from '../protocol/packages.ts'
import { beginChild, beginThread, type Child, launch } from './begin.ts'
import { appBegins } from './forked-processes.ts'
import { importAll } from './import-all.ts'
import { asIfImported, type Hook } from './loaded-files.ts'
import { loadPlanned } from './packages/planned.ts'
import { requireAs } from './packages/stand-in.ts'
import { requirePreload } from './require-preload.ts'
import { fileForLoader, noteUnloaded, receivePlan, untilLaunched } from './standby.ts'
import { warmUp } from './warm-up.ts'
import { packageOf } from './what-decided.ts'

/** Whether Node warns about each ES module that is required: a warning from a standby would mislead. */
const WARNS = /^22\.1[2-4]\./.test(process.versions.node)

delete require.cache[__filename] // hidden from the app
if (isMainThread) main()
// Node 22 runs this in the thread of `module.register()`, too, where our hook would fail each of its imports.
else if ((threads as { isInternalThread?: boolean }).isInternalThread !== true) thread()

function main(): void {
  const child = beginChild()
  if (child === undefined) return
  const { config, hook } = child
  const files = config.launch === null ? prepare(child) : []
  launch(child, config.launch ?? untilLaunched(child, files))
  run(config.preloads, hook)
}

function thread(): void {
  const inherited = beginThread()
  if (inherited !== undefined) run(inherited.preloads, inherited.hook)
}

function run(preloads: readonly Preload[], hook: Hook): void {
  for (const { specifier } of preloads) requirePreload(specifier)
  hook.renew()
  appBegins()
}

/** Returns the files that were read, whose changes make the standby stale. */
function prepare(child: Child): readonly StampedFile[] {
  const { config } = child
  warmUp()
  const index = join(__dirname, 'index.js')
  const { href } = pathToFileURL(index)
  // Twice, as a regular expression is compiled anew when it is used again; and first, since for what has been required
  // Node 22 does not load the code by which it loads what is imported.
  for (const urls of [[href], [href]]) attempt(() => importAll(urls))
  attempt(() => require(index))
  delete require.cache[index]
  if (config.hasLoader) attempt(() => requireFile(fileForLoader(config, '.ts')))
  const plan = receivePlan(child)
  for (const specifier of config.warm) {
    const { error } = attempt(() => requirePreload(asIfImported(specifier)))
    if (error !== undefined) noteUnloaded(config, specifier, error)
  }
  const loading = loadPlanned(child, plan)
  let step = loading.next()
  while (step.done !== true) {
    const { value } = step
    step = loading.next(attempt(() => load(value, config)))
  }
  introduce(plan)
  return step.value
}

/** Requires one of our own files, which nobody sees. */
function requireFile(file: string | undefined): void {
  if (file === undefined) return
  try {
    require(file)
  } finally {
    delete require.cache[file]
    rmSync(file, { force: true })
  }
}

/**
 * Makes modules that were loaded by `require` known to `import`, which would read them again: one ES module imports
 * all those that the app imports. On Node 20 another thread resolves for `import`, and cannot be waited for.
 */
function introduce({ packages }: LoadPlan): void {
  const imported = packages.filter(({ url, by }) => by === 'import' && isLoaded(url)).map(({ url }) => url)
  if (imported.length > 0) attempt(() => importAll(imported))
}

/** Whether a module was loaded ahead by `require`, and not left to the app. */
function isLoaded(url: string): boolean {
  return url.startsWith('file:') && require.cache[fileURLToPath(url)]?.loaded === true
}

function load({ url, by, from }: PackageModule, config: ChildConfig): void {
  // Only an import opens standard input, and keeps `process.env` as it is now: before the observers replace it.
  if (url === 'node:process' && by === 'import')
    return void (importAll([url]) || requireFile(fileForLoader(config, '.mjs', "import 'node:process'")))
  if (url.startsWith('node:')) return void ((by === 'import' && importAll([url])) || require(url))
  const path = fileURLToPath(url)
  const isKnown = path in require.cache
  requireAs(path, by === 'require' ? from : null)
  // A required ES module is in the cache, too, an imported one is not.
  if (!isKnown && by === 'import' && isEsModule(path)) delete require.cache[path]
}

/** Its exports are not enough to tell: an ES module may choose what `require` returns. */
function isEsModule(path: string): boolean {
  if (extname(path) === '.mjs' || types.isModuleNamespaceObject(require.cache[path]?.exports)) return true
  const description = extname(path) === '.js' ? packageOf(dirname(path)) : undefined
  return description !== undefined && JSON.parse(readFileSync(description, 'utf8')).type === 'module'
}

/** Ignores what cannot be loaded ahead: the app will load it and report the error. */
function attempt(load: () => unknown): { readonly error?: unknown } {
  const { emitWarning } = process
  if (WARNS)
    process.emitWarning = (...warning: unknown[]) => {
      if (!warning.includes('ExperimentalWarning')) Reflect.apply(emitWarning, process, warning)
    }
  try {
    load()
    return {}
  } catch (error) {
    return { error } // not found, not for this version of Node, or with a top-level await
  } finally {
    if (WARNS) process.emitWarning = emitWarning
  }
}
