/** The kinds of option values: which are valid, and how each is written on the command line. */
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { ADDRESSES, addressKey, type ListenAddress, parseAddress, pathFault } from '../protocol/address.ts'
import { patternsOf } from '../watch/filter/patterns.ts'

export interface Kind {
  /** Completes the sentence: the option must be … */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  /** Converts an accepted value, or throws; paths are relative to the directory. Idempotent. Default: the value itself. */
  readonly meaning?: (value: never, directory: string) => unknown
  readonly text?: TextForm
  /** What an editor checks in a configuration, as JSON Schema. Undefined for what JSON cannot hold. */
  readonly schema?: object
}

/** How a value is written on the command line. */
export interface TextForm {
  /** Reads the value from the texts, one for each occurrence. Returns unreadable ones, for `accepts` to reject. */
  readonly read: (texts: readonly string[]) => unknown
  /** Like `expected`, if the text form differs. */
  readonly expected?: string
  /** The text for a value that was left out: `--poll`. */
  readonly without?: string
}

const last = (read: (text: string) => unknown) => (texts: readonly string[]) => read(texts.at(-1) ?? '')
const asItIs = (text: string) => text
const asNumber = (text: string) => (/^(\d+(\.\d+)?|Infinity)$/.test(text) ? Number(text) : text)
const LAST_WORD: TextForm = { read: last(asItIs) }
const LAST_NUMBER: TextForm = { read: last(asNumber) }

/** Takes no value on the command line. */
export const flag: Kind = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  schema: { type: 'boolean' },
}

export const oneOf = (...words: readonly string[]): Kind => ({
  expected: words
    .map((word) => `"${word}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1'),
  accepts: (value) => words.includes(value as string),
  text: LAST_WORD,
  schema: { enum: words },
})

/** A time in ms. */
export function time(expected: string, from: number, to: number): Kind {
  const accepts = (value: unknown) => typeof value === 'number' && value >= from && value <= to
  const schema = { type: 'number', minimum: from, ...(Number.isFinite(to) && { maximum: to }) }
  return { expected, accepts, text: LAST_NUMBER, schema }
}

export const limit: Kind = time(
  'a number of milliseconds, 0 or more, or Infinity',
  0,
  Number.POSITIVE_INFINITY,
)
export const LONGEST_TIMER: number = 2 ** 31 - 1

export const interval: Kind = {
  expected: 'false, or an interval of 10 milliseconds or more',
  accepts: (value) => value === false || (typeof value === 'number' && value >= 10 && value <= LONGEST_TIMER),
  text: { ...LAST_NUMBER, expected: 'an interval of 10 milliseconds or more', without: '500' },
  schema: { oneOf: [{ const: false }, { type: 'number', minimum: 10, maximum: LONGEST_TIMER }] },
}

export const callback: Kind = {
  expected: 'a function, or a command line for the shell',
  accepts: (value) => typeof value === 'function' || (typeof value === 'string' && value.trim() !== ''),
  text: { ...LAST_WORD, expected: 'a command line for the shell' },
  schema: { type: 'string', minLength: 1 },
}

const listOf = (items: string, item: string, accepts: (text: string) => boolean = () => true): Kind => ({
  expected: `a list of ${items}`,
  accepts: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '' && accepts(item)),
  text: { read: (texts) => texts, expected: item },
  schema: { type: 'array', items: { type: 'string', minLength: 1 } },
})

const packageNames: Kind = listOf('package names', 'the name of a package', (name) =>
  /^[^./][^:]*$/.test(name),
)

/** Whether, or which. */
export const packages: Kind = {
  expected: `true, false or ${packageNames.expected}`,
  accepts: (value) => typeof value === 'boolean' || packageNames.accepts(value),
  schema: { oneOf: [{ type: 'boolean' }, packageNames.schema] },
  text: {
    expected: 'false or the name of a package',
    read: (texts) => (/^(true|false)$/.test(texts.join()) ? texts.join() === 'true' : texts),
  },
}

export const paths: Kind = {
  ...listOf('paths', 'a path'),
  meaning: (paths: string[], directory) => paths.map((path) => resolve(directory, path)),
}

export const patterns: Kind = {
  ...listOf('globs and /regular expressions/', 'a glob or a /regular expression/'),
  meaning(patterns: string[], directory) {
    patternsOf(patterns, directory) // throws for an invalid regular expression
    return patterns
  },
}

export const extensions: Kind = {
  ...listOf('extensions', 'comma-separated extensions', (text) =>
    /^\.?[^./\s,*]+(\.[^./\s,*]+)*$/.test(text),
  ),
  meaning: (extensions: string[]) => extensions.map((extension) => extension.replace(/^\./, '')),
  text: {
    read: (texts) => texts.flatMap((text) => text.split(/, */)),
    expected: 'comma-separated extensions',
  },
}

export const signalName: Kind = {
  expected: 'the name of a signal, such as SIGTERM',
  accepts: (value) => typeof value === 'string' && isSignal(fullName(value)),
  meaning: (name: string) => fullName(name) as NodeJS.Signals,
  text: LAST_WORD,
  schema: { type: 'string' },
}

/** Windows, which ends the program instead, accepts the names of other systems, too: a project may run on several. */
const isSignal = (name: string): boolean =>
  Object.hasOwn(constants.signals, name) || (process.platform === 'win32' && ELSEWHERE.test(name))
const ELSEWHERE = /^SIG(USR[12]|ALRM|PIPE|CHLD|CONT|STOP|TSTP|TTIN|TTOU|WINCH|IO|URG)$/

/** Returns `SIGTERM` for `TERM`, `term` and `SIGTERM`. */
function fullName(name: string): string {
  const upper = name.toUpperCase()
  return upper.startsWith('SIG') ? upper : `SIG${upper}`
}

export const addresses: Kind = {
  expected: `a list of different addresses, each { port, host } or ${ADDRESSES}`,
  accepts: (value) =>
    Array.isArray(value) &&
    value.every((address) => parseAddress(address) !== undefined) &&
    new Set(value.map(addressKey)).size === value.length,
  meaning: (addresses: ListenAddress[]) => addresses.map(canonical),
  text: { read: (texts) => texts, expected: `${ADDRESSES}, each only once` },
  schema: {
    type: 'array',
    uniqueItems: true,
    items: {
      oneOf: [
        { type: 'integer', minimum: 0, maximum: 65_535 },
        { type: 'string', minLength: 1 },
        {
          type: 'object',
          required: ['port'],
          properties: { port: { type: 'integer' }, host: { type: 'string' } },
          additionalProperties: false,
        },
      ],
    },
  },
}

function canonical(address: ListenAddress): ListenAddress {
  const parsed = parseAddress(address) ?? address
  const fault = typeof parsed === 'string' ? pathFault(parsed) : undefined
  if (fault !== undefined) throw new Error(fault)
  return parsed
}

export const variables: Kind = {
  expected: 'an object of strings',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => text === undefined || typeof text === 'string'),
  text: {
    read(texts) {
      const pairs = texts.map((text) => /^([^=]+)=(.*)$/s.exec(text))
      if (pairs.includes(null)) return texts.find((_text, at) => pairs[at] === null)
      return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]))
    },
    expected: 'NAME=value',
  },
  schema: { type: 'object', additionalProperties: { type: 'string' } },
}

export const fileName: Kind = {
  expected: 'the name of a file',
  accepts: (value) => typeof value === 'string' && value !== '',
  text: LAST_WORD,
}
