/** The kinds of values that options have: what each may be, and how it is written on the command line. */
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { ADDRESSES, addressKey, type ListenAddress, parseAddress, pathFault } from '../protocol/address.ts'
import { patternsOf } from '../watch/filter/patterns.ts'

export interface Kind {
  /** Completes the sentence: the option must be … */
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
  /** What an accepted value means; a path is relative to the directory. Throws for what cannot be had. By default
   *  the value itself. What has been through it once passes it unchanged. */
  readonly meaning?: (value: never, directory: string) => unknown
  readonly text?: TextForm
}

/** How a value is written on the command line. */
export interface TextForm {
  /** The value from the texts that were given, one for each time. What cannot be read is returned as it is,
   *  for `accepts` to refuse. */
  readonly read: (texts: readonly string[]) => unknown
  /** Like `expected`, where a text looks different. */
  readonly expected?: string
  /** Stands for a value that was left out: `--poll`. */
  readonly without?: string
}

const last = (read: (text: string) => unknown) => (texts: readonly string[]) => read(texts.at(-1) ?? '')
const asItIs = (text: string) => text
const asNumber = (text: string) => (/^(\d+(\.\d+)?|Infinity)$/.test(text) ? Number(text) : text)
const LAST_WORD: TextForm = { read: last(asItIs) }
const LAST_NUMBER: TextForm = { read: last(asNumber) }

/** Without a value on the command line. */
export const flag: Kind = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
}

export const oneOf = (...words: readonly string[]): Kind => ({
  expected: words.map((word) => `"${word}"`).join(' or '),
  accepts: (value) => words.includes(value as string),
  text: LAST_WORD,
})

/** Milliseconds. */
export function time(expected: string, from: number, to: number): Kind {
  const accepts = (value: unknown) => typeof value === 'number' && value >= from && value <= to
  return { expected, accepts, text: LAST_NUMBER }
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
  meaning: (value: number | false) => (value === false ? null : value),
  text: { ...LAST_NUMBER, expected: 'an interval of 10 milliseconds or more', without: '500' },
}

export const func: Kind = {
  expected: 'a function',
  accepts: (value) => typeof value === 'function',
}

const listOf = (what: string, one: string, accepts: (text: string) => boolean = () => true): Kind => ({
  expected: `a list of ${what}`,
  accepts: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '' && accepts(each)),
  text: { read: (texts) => texts, expected: one },
})

export const packages: Kind = listOf('package names', 'the name of a package', (one) =>
  /^[^./][^:]*$/.test(one),
)

export const paths: Kind = {
  ...listOf('paths', 'a path'),
  meaning: (all: string[], directory) => all.map((path) => resolve(directory, path)),
}

export const patterns: Kind = {
  ...listOf('globs and /regular expressions/', 'a glob or a /regular expression/'),
  meaning(all: string[]) {
    patternsOf(all) // throws for an invalid regular expression
    return all
  },
}

export const extensions: Kind = {
  ...listOf('extensions', 'extensions with commas between them', (one) =>
    /^\.?[^./\s,*]+(\.[^./\s,*]+)*$/.test(one),
  ),
  meaning: (all: string[]) => all.map((one) => one.replace(/^\./, '')),
  text: {
    read: (texts) => texts.flatMap((text) => text.split(',')),
    expected: 'extensions with commas between them',
  },
}

export const signalName: Kind = {
  expected: 'the name of a signal, as SIGTERM',
  accepts: (value) => typeof value === 'string' && Object.hasOwn(constants.signals, fullName(value)),
  meaning: (name: string) => fullName(name) as NodeJS.Signals,
  text: LAST_WORD,
}

/** `TERM`, `term` and `SIGTERM` are one. */
function fullName(name: string): string {
  const upper = name.toUpperCase()
  return upper.startsWith('SIG') ? upper : `SIG${upper}`
}

export const addresses: Kind = {
  expected: `a list of different addresses, each { port, host } or ${ADDRESSES}`,
  accepts: (value) =>
    Array.isArray(value) &&
    value.every((one) => parseAddress(one) !== undefined) &&
    new Set(value.map(addressKey)).size === value.length,
  meaning: (all: ListenAddress[]) => all.map(known),
  text: { read: (texts) => texts, expected: `${ADDRESSES}, each of them once` },
}

function known(address: ListenAddress): ListenAddress {
  const one = parseAddress(address) ?? address
  const fault = typeof one === 'string' ? pathFault(one) : undefined
  if (fault !== undefined) throw new Error(fault)
  return one
}

export const variables: Kind = {
  expected: 'an object of strings',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => one === undefined || typeof one === 'string'),
  text: {
    read(texts) {
      const pairs = texts.map((text) => /^([^=]+)=(.*)$/s.exec(text))
      if (pairs.includes(null)) return texts.find((_text, at) => pairs[at] === null)
      return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]))
    },
    expected: 'NAME=value',
  },
}

export const fileName: Kind = {
  expected: 'the name of a file',
  accepts: (value) => typeof value === 'string' && value !== '',
  text: LAST_WORD,
}
