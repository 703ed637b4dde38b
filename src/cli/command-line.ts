/** Parses the command line: exit75's options and Node's flags, up to the program, which gets the rest. */
import { readValue } from '../options/check.ts'
import type { RunOptions } from '../options/interface.ts'
import { isFlag, isOptional, typedName } from '../options/names.ts'
import type { Option } from '../options/option.ts'
import { OPTIONS } from '../options/table.ts'
import { UsageError } from '../options/usage-error.ts'
import { USAGE } from './help.ts'
import { isNodeFlag, takesValue } from './node-arguments.ts'
import { optionOfOthers, unknownOption } from './unknown-option.ts'

export type ParsedArgs =
  | { readonly is: 'help' }
  | { readonly is: 'version' }
  | {
      readonly is: 'run'
      /** The options that were given, without defaults. */
      readonly options: RunOptions
      /** The value of `--config`, as typed. */
      readonly config: string | null
      /** Node's own flags. */
      readonly flags: readonly string[]
      /** The program and its arguments; empty for the main file of the package. */
      readonly words: readonly string[]
      /** Whether `--` came before them. */
      readonly isMarked: boolean
    }

/** Parses the arguments. Throws a {@link UsageError} for unknown or invalid options. */
export function parseCommandLine(args: readonly string[], directory: string): ParsedArgs {
  const { given, flags, words, isMarked } = split(args)
  if (given.has('help')) return { is: 'help' }
  if (given.has('version')) return { is: 'version' }
  const values = [...given].map(([name, texts]) => [name, readTexts(name, texts, directory)])
  const { config = null, ...options } = Object.fromEntries(values)
  return { is: 'run', options, config, flags, words, isMarked }
}

interface Split extends Pick<Extract<ParsedArgs, { is: 'run' }>, 'flags' | 'words' | 'isMarked'> {
  /** The texts given for each option, in order; `yes` and `no` for a flag. */
  readonly given: Map<string, string[]>
}

function split(args: readonly string[]): Split {
  const given = new Map<string, string[]>()
  const flags: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] as string
    if (word === '--') return { given, flags, words: args.slice(at + 1), isMarked: true }
    if (!word.startsWith('-') || word === '-') return { given, flags, words: args.slice(at), isMarked: false }
    const next = args[at + 1]
    const parsed = ownOption(word, next) ?? nodeFlag(word, next)
    if (parsed.is === 'node') flags.push(...parsed.words)
    else for (const name of parsed.names) given.set(name, [...(given.get(name) ?? []), parsed.text])
    if (parsed.takesNext) at += 1
  }
  return { given, flags, words: [], isMarked: false }
}

type Read = { readonly takesNext: boolean } & (
  | { readonly is: 'own'; readonly names: readonly string[]; readonly text: string }
  | { readonly is: 'node'; readonly words: readonly string[] }
)

/** Reads one of exit75's options. Undefined if it is not one. */
function ownOption(word: string, next: string | undefined): Read | undefined {
  const [, typed = word, inline] = /^([^=]+)=(.*)$/s.exec(word) ?? []
  const together = /^-(\w{2,})$/
    .exec(word)?.[1]
    ?.split('')
    .map((letter) => OWN.get(`-${letter}`)?.name)
  if (together?.every((name) => name !== undefined))
    return { is: 'own', names: together, text: 'yes', takesNext: false }
  const own = OWN.get(typed)
  if (own === undefined) return undefined
  const { name, option, isOff } = own
  const read = (text: string, takesNext = false): Read => ({ is: 'own', names: [name], text, takesNext })
  if (isOff || isFlag(option)) {
    if (inline !== undefined) {
      const instead = OWN.has(opposite(typed)) && inline === 'false' ? `. Write ${opposite(typed)}` : ''
      throw new UsageError(`${typed} takes no value, but was given "${inline}"${instead}`)
    }
    return read(isOff ? 'no' : 'yes')
  }
  if (isOptional(option) && inline === undefined) {
    // The value is optional, so the next word is taken for it only if it looks like one, right or wrong.
    return next !== undefined && /^(\d[\d.]*(ms|s)?|yes|no|true|false|on|off)$/.test(next)
      ? read(next, true)
      : read(option.text?.without ?? '')
  }
  // A word with a dash is the next option, and the value is missing. `--option=-x` is possible.
  const text = inline ?? (next?.startsWith('-') && next !== '-' ? undefined : next)
  if (text === undefined || text === '') throw new UsageError(`${typed} needs a value. ${USAGE}`)
  return read(text, inline === undefined)
}

const opposite = (typed: string): string => typed.replace(/^--(no-)?/, (_, no) => (no ? '--' : '--no-'))

function nodeFlag(word: string, next: string | undefined): Read {
  // As in watchexec and nodemon; both are Node flags, too.
  if (word === '-r' && next === '--')
    throw new UsageError('-r needs a value. A program is always restarted here')
  if (word === '-C' && /\.[cm]?[jt]sx?$/.test(next ?? ''))
    throw new UsageError(
      `-C is Node's --conditions, not for ${next}. For a first run after a change use --postpone`,
    )
  const other = optionOfOthers(word)
  if (other !== undefined) throw other
  if (!isNodeFlag(word)) throw unknownOption(word, [...OWN.keys()])
  const takesNext = takesValue(word)
  if (takesNext && next === undefined) throw new UsageError(`${word} needs a value. ${USAGE}`)
  return { is: 'node', words: takesNext ? [word, next as string] : [word], takesNext }
}

function readTexts(name: string, texts: readonly string[], directory: string): unknown {
  const option = OPTIONS[name as keyof typeof OPTIONS]
  if (isFlag(option)) return texts.at(-1) === 'yes'
  if (texts.at(-1) === 'no') return false
  const own = texts.filter((text) => text !== 'no')
  const label = `--${typedName(name)}`
  return readValue(option, option.text?.read(own), {
    directory,
    texts: own,
    fail: (rest) => new UsageError(label + rest),
  })
}

interface Own {
  readonly name: string
  readonly option: Option
  /** `--no-…`, for options that are on by default or by configuration. */
  readonly isOff: boolean
}

/** exit75's options by their typed forms. */
const OWN: ReadonlyMap<string, Own> = new Map(
  Object.entries(OPTIONS).flatMap(([name, option]: [string, Option]): [string, Own][] => {
    if (option.help === undefined) return []
    const typed = typedName(name)
    const on: Own = { name, option, isOff: false }
    const canBeOff = option.short === undefined && (isFlag(option) || isOptional(option))
    return [
      [`--${typed}`, on],
      ...(canBeOff ? [[`--no-${typed}`, { ...on, isOff: true }] satisfies [string, Own]] : []),
      ...(option.short === undefined ? [] : [[`-${option.short}`, on] satisfies [string, Own]]),
    ]
  }),
)

/** Returns the first argument of a program that is also an option of exit75 (not --help or --version). */
export const ownAmong = (words: readonly string[]): string | undefined =>
  words
    .map((word) => word.replace(/=.*/s, ''))
    .find((typed) => OWN.get(typed)?.option.short === undefined && OWN.has(typed))
