/** Reads what was typed: exit75's options and Node's flags, up to the program, which takes the rest as it is. */
import { readValue } from '../options/check.ts'
import { isFlag, isOptional, typedName } from '../options/names.ts'
import { OPTIONS, type Option, type RunOptions } from '../options/table.ts'
import { UsageError } from '../options/usage-error.ts'
import { USAGE } from './help.ts'
import { isNodeFlag, takesValue } from './node-arguments.ts'
import { optionOfOthers, unknownOption } from './unknown-option.ts'

export type ParsedArgs =
  | { readonly is: 'help' }
  | { readonly is: 'version' }
  | {
      readonly is: 'run'
      /** What was given, and no default. */
      readonly options: RunOptions
      /** The file that `--config` names, as it was typed. */
      readonly config: string | null
      /** Node's own flags. */
      readonly flags: readonly string[]
      /** The program and its arguments; none: the main file of the package. */
      readonly words: readonly string[]
      /** Whether `--` said where they begin. */
      readonly isMarked: boolean
    }

/** Throws a {@link UsageError} for what is unknown or makes no sense. */
export function parseCommandLine(args: readonly string[], directory: string): ParsedArgs {
  const { given, flags, words, isMarked } = split(args)
  if (given.has('help')) return { is: 'help' }
  if (given.has('version')) return { is: 'version' }
  const values = [...given].map(([name, texts]) => [name, meaningOf(name, texts, directory)])
  const { config = null, ...options } = Object.fromEntries(values)
  return { is: 'run', options, config, flags, words, isMarked }
}

interface Split extends Pick<Extract<ParsedArgs, { is: 'run' }>, 'flags' | 'words' | 'isMarked'> {
  /** What was typed for each option, in its order; `yes` and `no` for one without a value. */
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
    const read = ownOption(word, next) ?? nodeFlag(word, next)
    if (read.is === 'node') flags.push(...read.words)
    else for (const name of read.names) given.set(name, [...(given.get(name) ?? []), read.text])
    if (read.takesNext) at += 1
  }
  return { given, flags, words: [], isMarked: false }
}

type Read = { readonly takesNext: boolean } & (
  | { readonly is: 'own'; readonly names: readonly string[]; readonly text: string }
  | { readonly is: 'node'; readonly words: readonly string[] }
)

/** Undefined if it is none of exit75's. */
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
    if (inline !== undefined) throw new UsageError(`${typed} takes no value, and was given "${inline}"`)
    return read(isOff ? 'no' : 'yes')
  }
  if (isOptional(option) && inline === undefined) {
    // A value that may be left out: only a number can be it.
    return next !== undefined && /^\d+$/.test(next) ? read(next, true) : read(option.text?.without ?? '')
  }
  // A word that looks like the next option is one: the value was forgotten. `--option=-x` can be said.
  const text = inline ?? (next?.startsWith('-') && next !== '-' ? undefined : next)
  if (text === undefined || text === '') throw new UsageError(`${typed} needs a value. ${USAGE}`)
  return read(text, inline === undefined)
}

function nodeFlag(word: string, next: string | undefined): Read {
  const other = optionOfOthers(word)
  if (other !== undefined) throw other
  if (!isNodeFlag(word)) throw unknownOption(word, [...OWN.keys()])
  const takesNext = takesValue(word)
  if (takesNext && next === undefined) throw new UsageError(`${word} needs a value. ${USAGE}`)
  return { is: 'node', words: takesNext ? [word, next as string] : [word], takesNext }
}

function meaningOf(name: string, texts: readonly string[], directory: string): unknown {
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
  /** `--no-…`, for what is on by default or by configuration. */
  readonly isOff: boolean
}

/** By what can be typed. */
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

/** The first of a program's arguments that would be an option in front of it; `--help` and `--version` are anybody's. */
export const ownAmong = (words: readonly string[]): string | undefined =>
  words
    .map((word) => word.replace(/=.*/s, ''))
    .find((typed) => OWN.get(typed)?.option.short === undefined && OWN.has(typed))
