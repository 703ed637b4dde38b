/** The target of `runProcess()`: a command, or a function that a module exports. */
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * A command, as a line that is split into words without a shell, or as a list of words; or a function by
 * module and export: `'./worker.ts#main'`, `new URL('./worker.ts#main', import.meta.url)`.
 */
export type Target = string | readonly string[] | URL
/** What a target is taken for. */
export type TargetType = 'function' | 'command'

/** Returns `function` for a URL, or a module with the name of an export after `#`; else `command`. */
export function detectTargetType(target: Target): TargetType {
  if (target instanceof URL) return 'function'
  if (typeof target !== 'string') return 'command'
  const [, module = ''] = NAMED.exec(target) ?? []
  return /^file:|\.([cm]?[jt]s|[jt]sx)$/.test(module) || /^[@\w./~-]+$/.test(module) ? 'function' : 'command'
}

/** `module#export`; the module itself may contain a `#`. */
const NAMED = /^(\S.*)#([\p{ID_Start}$_][\p{ID_Continue}$]*)$/su

export interface Exported {
  /** As written. */
  readonly module: string
  readonly name: string
  /** The module's file. Null for a package. */
  readonly file: string | null
}

/** Splits a name into module and export. Throws if it does not have both. */
export function exported(target: string | URL, directory: string, caller: string): Exported {
  const text = String(target)
  const [, module, name] = NAMED.exec(text) ?? []
  if (module === undefined || name === undefined)
    throw new TypeError(
      `${caller}: "${text}" does not name a module and its export, as ./module.js#name does`,
    )
  if (/^\w\w+:/.test(module) && !module.startsWith('file:'))
    throw new TypeError(`${caller}: "${text}" is not a file: a function must be in one`)
  return { module, name, file: fileOf(module, directory) }
}

function fileOf(module: string, directory: string): string | null {
  if (module.startsWith('file:')) return fileURLToPath(module)
  return /^\.{0,2}\//.test(module) || isAbsolute(module) || /\.([cm]?[jt]s|[jt]sx)$/.test(module)
    ? resolve(directory, module)
    : null
}

/** Returns a name that is valid in any process and working directory. */
export const address = ({ module, name, file }: Exported): string =>
  `${file === null ? module : pathToFileURL(file).href}#${name}`
