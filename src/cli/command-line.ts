/** What the user typed: exit75's own options, up to the program, which takes the rest as it is. */
import { parseArgs } from 'node:util'
import { nearest } from '../options/did-you-mean.ts'
import { USAGE } from './help.ts'
import { checked, isOption, OPTIONS, type RunOptions } from './options.ts'
import { UsageError } from './usage-error.ts'

export type ParsedArgs =
  | { readonly is: 'help' }
  | { readonly is: 'version' }
  | {
      readonly is: 'run'
      /** What was given, and no default. */
      readonly options: RunOptions
      /** The file that `--config` names, as it was typed. */
      readonly config: string | null
      /** The program and its arguments; at least one. */
      readonly words: readonly string[]
    }

/** Throws a {@link UsageError} for what is unknown, makes no sense, or leaves out the program. */
export function parseCommandLine(args: readonly string[], directory: string): ParsedArgs {
  const { given, words } = split(args)
  if (given.some(({ name }) => name === 'help')) return { is: 'help' }
  if (given.some(({ name }) => name === 'version')) return { is: 'version' }
  const textsOf = new Map<string, string[]>()
  for (const one of given) {
    const name = nameOf(one)
    textsOf.set(name, [...(textsOf.get(name) ?? []), textOf(one, name)])
  }
  const config = textsOf.get('config')?.at(-1) ?? null
  textsOf.delete('config')
  const options = [...textsOf].map(([name, texts]) => [name, meantBy(name as Name, texts, directory)])
  if (words.length === 0) throw new UsageError(`no program to run. ${USAGE}`)
  return { is: 'run', options: Object.fromEntries(options), config, words }
}

type Name = keyof RunOptions

/** One of the options that were given, with what belongs to it. */
interface Given {
  /** Without dashes. */
  readonly name: string
  /** As it was typed. */
  readonly typed: string
  readonly value: string | undefined
  readonly isInline: boolean
}

/** Where the options end, the program begins: parseArgs() would look for more of them behind it. */
function split(args: readonly string[]): { given: Given[]; words: string[] } {
  const { tokens } = parseArgs({ args: [...args], options: SYNTAX, strict: false, tokens: true })
  const given: Given[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') return { given, words: args.slice(token.index + 1) }
    if (token.kind === 'option') {
      const { name, rawName: typed, value, inlineValue: isInline = false } = token
      given.push({ name, typed, value, isInline })
      continue
    }
    const before = given.at(-1)
    // parseArgs() knows no value that may be left out: a number that follows belongs to the option.
    const isItsValue =
      before !== undefined && isOptional(before.name) && args[token.index - 1] === before.typed
    if (!isItsValue || !/^\d+$/.test(token.value)) return { given, words: args.slice(token.index) }
    given.splice(-1, 1, { ...before, value: token.value })
  }
  return { given, words: [] }
}

/** The name in the table: `nodeModules` for `--node-modules`, and for `--no-node-modules`. */
function nameOf({ name, typed }: Given): Name | 'config' {
  const known = NAMES.get(name)
  if (known !== undefined) return known
  const near = nearest(name, [...NAMES.keys(), 'help', 'version'])
  throw new UsageError(`unknown option ${typed}. ${near ? `Did you mean --${near}?` : 'See exit75 --help'}`)
}

/** `yes` and `no` for an option without a value. */
function textOf({ name, typed, value, isInline }: Given, known: string): string {
  if (takesNone(known)) {
    if (isInline) throw new UsageError(`${typed} takes no value, and was given "${value}"`)
    return name.startsWith(NO) ? 'no' : 'yes'
  }
  if (name.startsWith(NO)) return NO
  const text = value ?? (isOption(known) ? OPTIONS[known].without : undefined)
  // A word that looks like the next option is one: the value was forgotten. `--option=-x` can be said.
  if (text === undefined || text === '' || (!isInline && /^-./.test(text)))
    throw new UsageError(`${typed} needs a value. ${USAGE}`)
  return text
}

function meantBy(name: Name, texts: readonly string[], directory: string): unknown {
  const { fromTexts } = OPTIONS[name]
  if (fromTexts === null) return texts.at(-1) === 'yes'
  if (texts.at(-1) === NO) return false
  const value = fromTexts(texts.filter((text) => text !== NO))
  return checked(name, value, { label: `--${kebab(name)}`, directory, texts })
}

const NO = 'no-'
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const takesNone = (name: string) => isOption(name) && OPTIONS[name].fromTexts === null
const isOptional = (name: string) => isOption(name) && OPTIONS[name].without !== undefined

/** What can be typed, and what it means. What is on by default or by configuration can be put off. */
const NAMES = new Map<string, Name | 'config'>([['config', 'config']])
for (const name of Object.keys(OPTIONS) as Name[]) {
  NAMES.set(kebab(name), name)
  if (takesNone(name) || isOptional(name)) NAMES.set(`${NO}${kebab(name)}`, name)
}

const SYNTAX: NonNullable<Parameters<typeof parseArgs>[0]>['options'] = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  ...Object.fromEntries(
    [...NAMES].map(([typed, name]) => {
      const isAlone = typed.startsWith(NO) || takesNone(name) || isOptional(name)
      return [typed, { type: isAlone ? 'boolean' : 'string' }]
    }),
  ),
}
