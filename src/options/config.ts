/** Reads the project's configuration, and merges it with the command line. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { shown } from '../log.ts'
import { syntaxFault } from '../watch/change/parse.ts'
import { readValue } from './check.ts'
import { suggestion } from './did-you-mean.ts'
import type { LaunchOptions, RunOptions } from './interface.ts'
import type { Option } from './option.ts'
import { OPTIONS } from './table.ts'
import { UsageError } from './usage-error.ts'

/** The key in package.json, or the name of a separate file. */
const KEY = 'exit75'
const OWN_FILE = 'exit75.config.json'
const PACKAGE = 'package.json'
/** Where users of other tools may expect it. */
const OTHER_FILES = ['js', 'mjs', 'cjs', 'ts', 'mts', 'yaml', 'yml']
  .map((ending) => `exit75.config.${ending}`)
  .concat('exit75.json', '.exit75rc', '.exit75rc.json')
const SCHEMA = '$schema'

/**
 * Returns the options of one file: the named one, else `exit75.config.json` or `package.json#exit75`, in
 * the directory or the nearest one above that has either. A package without a configuration has none:
 * that of an outer package does not apply. Paths are relative to the file's directory.
 */
export function readConfig(directory: string, named: string | null): RunOptions {
  if (named !== null) {
    const path = resolve(directory, named)
    const text = textOf(path)
    if (text === undefined) throw new UsageError(`there is no configuration file ${shown(path)}`)
    return optionsIn(path, text) ?? {}
  }
  const own = join(directory, OWN_FILE)
  const [ownText, packageText] = [textOf(own), textOf(join(directory, PACKAGE))]
  const ofPackage = packageText === undefined ? undefined : optionsIn(join(directory, PACKAGE), packageText)
  if (ownText !== undefined && ofPackage !== undefined)
    throw new UsageError(`${shown(own)} and the key "${KEY}" in ${PACKAGE} beside it: use only one of them`)
  if (ownText !== undefined) return optionsIn(own, ownText) ?? {}
  if (ofPackage !== undefined) return ofPackage
  const other = OTHER_FILES.find((name) => existsSync(join(directory, name)))
  if (other !== undefined)
    throw new UsageError(
      `${shown(join(directory, other))} is not read: the configuration is ${OWN_FILE}, or "${KEY}" in ${PACKAGE}`,
    )
  if (packageText !== undefined) return {}
  const above = dirname(directory)
  return above === directory ? {} : readConfig(above, null)
}

/**
 * Returns the effective options. The command line wins; a list replaces that of the configuration, so
 * that its entries can be dropped. Each variable counts as an option: `env` is merged.
 */
export function merge(config: RunOptions, given: RunOptions): RunOptions {
  return { ...config, ...given, env: { ...config.env, ...given.env } }
}

/**
 * The options of a program that calls `launchChild()`. What the configuration has for programs run
 * from outside (`watch`, `signal`, …) does not concern it; what the program says itself wins.
 */
export function configured(directory: string, given: LaunchOptions): LaunchOptions {
  if (!isObject(given)) return given // refused where all options are checked
  const all = Object.entries(readConfig(directory, null))
  const own = Object.fromEntries(all.filter(([name]) => KNOWN.get(name)?.by === 'launchChild'))
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return {
    ...own,
    ...said,
    ...(isObject(own.env) &&
      isObject(said.env) && { env: { ...own.env, ...said.env } as LaunchOptions['env'] & {} }),
  }
}

/** The options a file can hold: none that need JavaScript, and none about the command line itself. */
export const KNOWN: ReadonlyMap<string, Option> = new Map(
  Object.entries(OPTIONS).filter(([, { help, by }]) => help !== undefined && by !== 'command line'),
)

/** Returns the options in a file. Undefined for a package.json without our key. */
function optionsIn(path: string, text: string): RunOptions | undefined {
  const content = parsed(path, text)
  const isPackage = basename(path) === PACKAGE
  if (isPackage && (!isObject(content) || !Object.hasOwn(content, KEY))) return undefined
  const values = isPackage ? (content as Record<string, unknown>)[KEY] : content
  if (!isObject(values))
    throw new UsageError(`${shown(path)}: ${isPackage ? `"${KEY}"` : 'it'} must be an object`)
  const known = Object.entries(values).flatMap(([name, value]) => {
    if (name === SCHEMA) return [] // for editors
    const label = `${shown(path)}: "${isPackage ? `${KEY}.` : ''}${name}"`
    const option = KNOWN.get(name)
    if (option === undefined)
      throw new UsageError(`${label} is unknown${suggestion(name, [...KNOWN.keys()])}`)
    const fail = (rest: string) => new UsageError(label + rest)
    return [[name, readValue(option, value, { directory: dirname(path), fail })]]
  })
  return Object.fromEntries(known)
}

function parsed(path: string, text: string): unknown {
  // Always as JSON: with --config the file may have any name.
  const fault = syntaxFault('config.json', Buffer.from(text))
  if (fault !== undefined) throw new UsageError(`${shown(path)}:${fault.line}: ${fault.message}`)
  return JSON.parse(text.replace(/^\uFEFF/, ''))
}

/** Returns the content. Undefined if there is no such file. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`${shown(path)} cannot be read: ${message}`)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
