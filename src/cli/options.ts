/** The options of the command: what each may be, in the configuration and on the command line. */
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { isBoolean, OF_PROGRAMS as KINDS, type OptionKind, quoted } from '../options/check.ts'
import type { ProgramOptions } from '../options/options.ts'
import type { ListenAddress } from '../protocol/address.ts'
import { patternsOf } from '../watch/filter/patterns.ts'
import { UsageError } from './usage-error.ts'

/** Those of a program, but for the ones that need JavaScript, and one more. */
export interface RunOptions extends Omit<ProgramOptions, 'exit' | 'onRestart'> {
  /** Whether to become the program: no parent, no watching. Default false. */
  readonly exec?: boolean
}

export interface RunOption extends OptionKind {
  /** The value from the texts that were given, one for each time; null for what takes none (`--overlap`).
   *  What cannot be read is given back as it is, for `accepts` to refuse. */
  readonly fromTexts: null | ((texts: readonly string[]) => unknown)
  /** What a text is expected to be, if the command line has its own way to write it. */
  readonly expectedText?: string
  /** Stands for a value that was left out: `--poll`. */
  readonly without?: string
  /** What is meant by an accepted value, in a configuration or a shell in this directory. */
  readonly meant?: (value: never, directory: string) => unknown
}

const last =
  (read: (text: string) => unknown) =>
  (texts: readonly string[]): unknown =>
    read(texts.at(-1) ?? '')
const each =
  (read: (text: string) => unknown) =>
  (texts: readonly string[]): unknown =>
    texts.map(read)
const asItIs = (text: string) => text
const asTime = (text: string) => (/^(\d+(\.\d+)?|Infinity)$/.test(text) ? Number(text) : text)

const flag: RunOption = { ...isBoolean, fromTexts: null }
const word = (kind: OptionKind): RunOption => ({ ...kind, fromTexts: last(asItIs) })
const time = (kind: OptionKind): RunOption => ({ ...kind, fromTexts: last(asTime) })
const list = (expected: string, accepts: (text: string) => boolean): RunOption => ({
  expected: `a list of ${expected}`,
  accepts: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '' && accepts(one)),
  fromTexts: each(asItIs),
})

export const OPTIONS: Readonly<Record<keyof RunOptions, RunOption>> = {
  watch: {
    ...list('paths', () => true),
    expectedText: 'a path',
    meant: (paths: string[], directory) => paths.map((path) => resolve(directory, path)),
  },
  ignore: {
    ...list('globs and /regular expressions/', () => true),
    expectedText: 'a glob or a /regular expression/',
    meant(patterns: string[]) {
      patternsOf(patterns) // throws for what is no regular expression
      return patterns
    },
  },
  ext: {
    ...list('extensions', (one) => /^\.?[^./\s,*]+(\.[^./\s,*]+)*$/.test(one)),
    expectedText: 'extensions with commas between them',
    fromTexts: (texts) => texts.flatMap((text) => text.split(',')),
    meant: (extensions: string[]) => extensions.map((one) => one.replace(/^\./, '')),
  },
  signal: {
    expected: 'the name of a signal, as SIGTERM',
    accepts: (value) => typeof value === 'string' && signalName(value) in constants.signals,
    fromTexts: last(asItIs),
    meant: signalName,
  },
  onCrash: word(KINDS.onCrash),
  onExit: word(KINDS.onExit),
  standby: flag,
  overlap: flag,
  readyTimeout: time(KINDS.readyTimeout),
  preload: { ...KINDS.preload, fromTexts: each(asItIs), expectedText: 'the name of a package' },
  listen: {
    ...KINDS.listen,
    fromTexts: each(addressOf),
    expectedText: 'a port (0 to 65535), host:port, [v6]:port or a path, each of them once',
  },
  settle: time(KINDS.settle),
  poll: { ...time(KINDS.poll), expectedText: 'an interval of 10 milliseconds or more', without: '500' },
  nodeModules: flag,
  syntaxCheck: flag,
  stopTimeout: time(KINDS.stopTimeout),
  killTimeout: time(KINDS.killTimeout),
  env: { ...KINDS.env, fromTexts: variablesOf, expectedText: 'NAME=value' },
  log: word(KINDS.log),
  exec: flag,
  keys: flag,
}

export const isOption = (name: string): name is keyof RunOptions => Object.hasOwn(OPTIONS, name)

/** An option's value, if it may be that; throws in the words of whoever wrote it. */
export function checked(
  name: keyof RunOptions,
  value: unknown,
  { label, directory, texts }: { label: string; directory: string; texts?: readonly string[] },
): unknown {
  const { accepts, expected, expectedText = expected, meant } = OPTIONS[name]
  if (!accepts(value)) {
    const [must, shown] = texts ? [expectedText, texts.map(quoted).join(', ')] : [expected, quoted(value)]
    throw new UsageError(`${label} must be ${must}, not ${shown}`)
  }
  try {
    return meant === undefined ? value : meant(value as never, directory)
  } catch (cause) {
    throw new UsageError(`${label}: ${(cause as Error).message}`)
  }
}

/** `TERM`, `term` and `SIGTERM` are one. */
function signalName(name: string): string {
  const upper = name.toUpperCase()
  return upper.startsWith('SIG') ? upper : `SIG${upper}`
}

/** 3000, `localhost:3000`, `[::1]:3000`, else the path of a Unix socket, which may hold a colon behind a slash. */
function addressOf(text: string): ListenAddress {
  if (/^\d+$/.test(text)) return Number(text)
  const { host, v6, port } =
    /^(?:(?<host>[^/:[\]]*)|\[(?<v6>[^\]]+)\]):(?<port>\d+)$/.exec(text)?.groups ?? {}
  return port === undefined ? text : { port: Number(port), host: v6 ?? host ?? '' }
}

function variablesOf(texts: readonly string[]): unknown {
  const pairs = texts.map((text) => /^([^=]+)=(.*)$/s.exec(text))
  if (pairs.includes(null)) return texts.find((_text, at) => pairs[at] === null)
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]))
}
