/**
 * Loads the app's packages in a standby, as far as their import is seen to be pure: one that reads something
 * that the app itself sets up, or does more than define, is left to the app.
 */
import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StampedFile } from '../../protocol/change.ts'
import { hasPackage, type LoadPlan, type PackageModule, type Unfit } from '../../protocol/packages.ts'
import { filesOfInstaller } from '../../system/installed-packages.ts'
import { isListing, listed } from '../../watch/files/listing.ts'
import { stamped } from '../../watch/files/stamp.ts'
import { aside } from './aside.ts'
import { importedAhead, importsOfNodeFirst, isImportOfNode, takeReplaced } from './builtin-imports.ts'
import {
  changedSince,
  completed,
  currentGlobals,
  type Globals,
  loadsMuch,
  replacedGlobal,
} from './globals.ts'
import { observe } from './observer.ts'
import { changedProperties, earlyProperties, propertiesOfLanguage, replacedProperty } from './properties.ts'
import { type LoadedAhead, readersOf } from './set-up.ts'

export interface Outcome {
  readonly unfit: readonly Unfit[]
  /** Files that were read, whose changes make the standby stale. */
  readonly files: readonly StampedFile[]
  /** Undefined if nothing was loaded. */
  readonly ahead?: Omit<LoadedAhead, 'properties'>
}

/**
 * Yields each module that is to be loaded now, and is given the error if that failed: one caller loads
 * synchronously, the other does not. `globals`: as they were before.
 */
export function* loadAhead(
  plan: LoadPlan,
  { globals, onBegin }: { globals: Globals; onBegin: (url: string) => void },
): Generator<PackageModule, Outcome, { readonly error?: unknown }> {
  const files = new Map<string, StampedFile>()
  const properties = earlyProperties()
  let isLooking = false // this code reads, too
  // Node opens them when they are first read, for which the package that reads them is not to blame.
  if (hasPackage(plan)) void [process.stdout, process.stderr]
  // The import of this module opens standard input, and keeps `process.env` as it is now.
  const isProcess = ({ url, by }: PackageModule) => url === 'node:process' && by === 'import'
  const ofProcess = plan.packages.find(isProcess)
  if (ofProcess !== undefined) {
    yield ofProcess
    importedAhead(ofProcess.url)
  }
  const observer = observe({
    globals: [...globals.keys()].filter(
      (name) => plan.globals.includes(name) || (hasPackage(plan) && loadsMuch(name)),
    ),
    variables: Object.keys(plan.env),
    properties: plan.properties,
    hasMain: plan.hasMain,
    onFile(path, ofNames) {
      const known = files.get(path)?.stamp
      if (isLooking || !isOfInterest(path) || (known !== undefined && !(ofNames && !isListing(known)))) return
      isLooking = true
      files.set(path, ofNames ? listed(path) : stamped(path))
      isLooking = false
    },
  })
  if (observer === undefined) return { unfit: [], files: [] }
  const unfit: Unfit[] = []
  /** Where no package is loaded, those that Node creates when they are read are not created for this. */
  const globalsNow = () => (hasPackage(plan) ? completed(currentGlobals()) : currentGlobals())
  const takeReplacement = replacements(globalsNow)
  try {
    for (const module of importsOfNodeFirst(plan.packages)) {
      if (isProcess(module)) continue
      onBegin(module.url)
      const end = observer.begin(module.url)
      const { error } = yield module
      if (isImportOfNode(module)) importedAhead(module.url)
      const imported = aside(takeReplaced)
      const replacement = takeReplacement()
      const replaces = imported === undefined ? replacement : `replaces ${imported}, which the app may import`
      const why = end() ?? replaces ?? (error === undefined ? undefined : 'cannot be loaded alone')
      if (why !== undefined) unfit.push({ url: module.url, why })
    }
  } finally {
    observer.end()
  }
  const names = new Set([...Object.keys(plan.env), ...Object.keys(process.env)])
  const now = globalsNow()
  const ahead = {
    reads: observer.reads,
    env: { ...process.env },
    names,
    globals: now,
    observed: plan.properties,
  }
  const changedHere = { globals: changedSince(globals), properties: changedProperties(properties) }
  for (const one of readersOf(plan, changedHere, ahead)) unfit.push(one)
  return { unfit, files: [...files.values()], ahead }
}

/**
 * Returns a function that says what was replaced since its last call, as the end of a sentence: code of the app that runs
 * before the package may use what is there. What is only added does not count, which polyfills do.
 */
function replacements(globalsNow: () => Globals): () => string | undefined {
  let globals = aside(globalsNow)
  let properties = propertiesOfLanguage()
  return () =>
    aside(() => {
      const name = replacedGlobal(globals) ?? replacedProperty(properties)
      if (name === undefined) return undefined
      globals = globalsNow()
      properties = propertiesOfLanguage()
      return `replaces ${name}, which the app may use before`
    })
}

/** Any file that a package reads counts, except those of the system and of caches. */
function isOfInterest(path: string): boolean {
  if (/^\/(proc|sys|dev)\//.test(path)) return false
  return !path.includes(`${sep}node_modules${sep}.cache${sep}`)
}

/** Returns the files whose changes show that a package was installed anew, or is to be. */
export function filesOfInstallation(urls: readonly string[]): StampedFile[] {
  const folders = new Set(
    urls.flatMap((url) => {
      if (!url.startsWith('file:')) return []
      const path = fileURLToPath(url)
      const at = path.indexOf(`${sep}node_modules${sep}`)
      return at < 0 ? [] : [join(path.slice(0, at), 'node_modules')]
    }),
  )
  const files = [...folders].flatMap((folder) => [
    ...filesOfInstaller(folder),
    join(folder, '..', 'package.json'),
  ])
  return files.filter(existsSync).map(stamped)
}
