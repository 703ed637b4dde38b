/** What each option may be. The command and its configuration check theirs by the same words. */
import { constants } from 'node:os'
import { inspect } from 'node:util'
import { LEVELS } from '../log.ts'
import { addressKey } from '../protocol/address.ts'
import { suggestion } from './did-you-mean.ts'
import type { LaunchOptions, ProgramOptions } from './options.ts'

/** Throws for the first option that is unknown, or not what it may be, and names the caller. */
export function checkOptions(caller: string, options: object, kinds: Record<string, OptionKind>): void {
  const wrong = (name: string, expected: string, value: unknown) =>
    new TypeError(`${caller}: option "${name}" must be ${expected}, not ${quoted(value)}`)
  if (typeof options !== 'object' || options === null) throw wrong('options', 'an object', options)
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (kind === undefined)
      throw new TypeError(`${caller}: unknown option "${name}"${suggestion(name, Object.keys(kinds))}`)
    if (value !== undefined && !kind.accepts(value)) throw wrong(name, kind.expected, value)
  }
}

export interface OptionKind {
  /** Completes the sentence: the option must be … */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

export const isBoolean: OptionKind = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}
export const isTime: OptionKind = {
  expected: 'a number of milliseconds, 0 or more, or Infinity',
  accepts: (value) => typeof value === 'number' && value >= 0,
}
export const oneOf = (...words: string[]): OptionKind => ({
  expected: words.map((word) => `"${word}"`).join(' or '),
  accepts: (value) => words.includes(value as string),
})

const isListOfWords: OptionKind = {
  expected: 'a list of words',
  accepts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== ''),
}

export const OF_LAUNCH: Record<keyof LaunchOptions, OptionKind> = {
  exit: isBoolean,
  onCrash: oneOf('exit', 'wait'),
  onExit: oneOf('exit', 'wait'),
  standby: isBoolean,
  overlap: isBoolean,
  readyTimeout: {
    expected: 'a number of milliseconds from 1 to 2147483647',
    accepts: (value) => typeof value === 'number' && value >= 1 && value < 2 ** 31,
  },
  preload: {
    expected: 'a list of package names',
    accepts: (value) =>
      Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[^./][^:]*$/.test(one)),
  },
  listen: {
    expected: 'a list of different ports (0 to 65535), { port, host } and paths',
    accepts: (value) =>
      Array.isArray(value) && value.every(isAddress) && new Set(value.map(addressKey)).size === value.length,
  },
  settle: {
    expected: 'a number of milliseconds from 0 to 60000',
    accepts: (value) => typeof value === 'number' && value >= 0 && value <= 60_000,
  },
  poll: {
    expected: 'false, or an interval of 10 milliseconds or more',
    accepts: (value) => value === false || (typeof value === 'number' && value >= 10 && value < 2 ** 31),
  },
  nodeModules: isBoolean,
  syntaxCheck: isBoolean,
  stopTimeout: isTime,
  killTimeout: isTime,
  onRestart: { expected: 'a function', accepts: (value) => typeof value === 'function' },
  env: {
    expected: 'an object of strings',
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((one) => one === undefined || typeof one === 'string'),
  },
  log: oneOf(...LEVELS),
}

export const OF_PROGRAMS: Record<keyof ProgramOptions, OptionKind> = {
  ...OF_LAUNCH,
  signal: {
    expected: 'the name of a signal',
    accepts: (value) => Object.hasOwn(constants.signals, value as string),
  },
  watch: isListOfWords,
  ignore: isListOfWords,
  ext: isListOfWords,
  keys: isBoolean,
}

function isAddress(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= 65535
  if (typeof value === 'string') return value !== ''
  if (typeof value !== 'object' || value === null) return false
  const { port, host, ...rest } = value as Record<string, unknown>
  const isHost = host === undefined || (typeof host === 'string' && host !== '')
  return typeof port === 'number' && isAddress(port) && isHost && Object.keys(rest).length === 0
}

export const quoted = (value: unknown): string =>
  typeof value === 'string' ? `"${value}"` : inspect(value, { depth: 0 })
