/**
 * What an import by name gives of a module of Node's is read when that is imported for the first time. Of `node:http` this takes
 * half a start of Node, from Node 22 on: it exports what loads a whole client. So a standby does it ahead. But what is replaced in
 * such a module before the app imports it must count, and what is replaced after that must not, as in a start without a standby.
 */
import module from 'node:module'
import type { PackageModule } from '../../protocol/packages.ts'
import { changedProperties, exportsOf, type Properties } from './properties.ts'

/** Whether the app's first import can be seen before Node answers it: not on Node 20. */
export const canImportAhead: boolean = typeof module.registerHooks === 'function'

/** Imported by the app, and not yet by its next generation; with what they exported when they were loaded ahead. */
const ahead = new Map<string, Properties>()

export const isImportOfNode = ({ url, by }: PackageModule): boolean =>
  by === 'import' && url.startsWith('node:')

/** As without a standby: all that a program imports is linked before any of it runs. */
export const importsOfNodeFirst = (packages: readonly PackageModule[]): PackageModule[] =>
  [...packages].sort((one, other) => Number(isImportOfNode(other)) - Number(isImportOfNode(one)))

/** Call when one is loaded ahead, and again when nobody observes its properties any more. */
export function noteExports(url: string): void {
  ahead.set(url, exportsOf(url))
}

/** Returns a name of what was replaced since, such as `os.hostname`. Later calls do not return it again. */
export function replacedExport(): string | undefined {
  const names = [...ahead].flatMap(([url, before]) => {
    const changed = changedProperties(before)
    if (changed.length > 0) noteExports(url)
    return changed
  })
  return names[0]
}

/** Call before the app's first import of it is answered. */
export function importedByApp(url: string): void {
  const before = ahead.get(url)
  if (before === undefined) return
  ahead.delete(url)
  if (changedProperties(before).length > 0) module.syncBuiltinESMExports()
}
