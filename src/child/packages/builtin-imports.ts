/**
 * What an import by name gives of a module of Node's is read when that is imported for the first time. Of `node:http` this takes
 * half a start of Node, from Node 22 on: it exports what loads a whole client. So a standby does it ahead, where the app's own
 * first import can be seen: what was replaced in the module before that counts, and what is replaced afterwards does not, as in a
 * start without a standby. (`import.meta.resolve()` looks like an import.)
 */
import module from 'node:module'
import type { PackageModule } from '../../protocol/packages.ts'
import { changedProperties, exportsOf, type Properties } from './properties.ts'

const { registerHooks, syncBuiltinESMExports } = module

/** From Node 22.15 on. */
export const canImportAhead: boolean = typeof registerHooks === 'function'

type Exports = Record<string, unknown>

/** The modules that the app imports, with the properties that they had when they were loaded ahead. */
const loaded = new Map<string, Properties>()
/** What an import of each gives by name. */
const given = new Map<string, Exports>()
const importedSince = new Set<string>()

export const isImportOfNode = ({ url, by }: PackageModule): boolean =>
  by === 'import' && url.startsWith('node:')

/** As for static imports: all of them are linked before any module runs. */
export const importsOfNodeFirst = (packages: readonly PackageModule[]): PackageModule[] =>
  [...packages].sort((one, other) => Number(isImportOfNode(other)) - Number(isImportOfNode(one)))

export function importedAhead(url: string): void {
  loaded.set(url, exportsOf(url))
}

/** Returns the name of what was replaced in one of them since the last call, such as `os.hostname`. */
export function takeReplaced(): string | undefined {
  const names = [...loaded].flatMap(([url, before]) => {
    const changed = changedProperties(before)
    if (changed.length > 0) importedAhead(url)
    return changed
  })
  return names[0]
}

/** Call before the launch, when all that was replaced to observe the standby has been restored. */
export function holdImports(): void {
  if (canImportAhead) for (const url of loaded.keys()) given.set(url, { ...exportsNow(url) })
}

/** Call before an import of the app is answered. */
export function importedByApp(url: string): void {
  if (!given.has(url) || importedSince.has(url)) return
  importedSince.add(url)
  if (replacedIn(url).length === 0) return
  // Node updates all of them: meanwhile the others export what their imports give.
  const undo = [...given.keys()].filter((other) => other !== url).flatMap(putBack)
  syncBuiltinESMExports()
  for (const restore of undo) restore()
  given.set(url, { ...exportsNow(url) })
}

const exportsNow = (url: string): Exports => process.getBuiltinModule(url) as unknown as Exports

function replacedIn(url: string): string[] {
  const now = exportsNow(url)
  const before = given.get(url) ?? {}
  return Object.keys(before).filter((name) => !Object.is(before[name], now[name]))
}

function putBack(url: string): (() => void)[] {
  const exports = exportsNow(url)
  return replacedIn(url).flatMap((name) => {
    const property = Object.getOwnPropertyDescriptor(exports, name)
    if (property?.configurable === false) return []
    const value = given.get(url)?.[name]
    Object.defineProperty(exports, name, { value, configurable: true, enumerable: true, writable: true })
    return [
      () => {
        if (property === undefined) delete exports[name]
        else Object.defineProperty(exports, name, property)
      },
    ]
  })
}
