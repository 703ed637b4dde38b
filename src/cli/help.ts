/** The text of `--help`, which fits a screen of 80 × 24 with the next prompt. */
import { isFlag, typedName } from '../options/names.ts'
import type { Option } from '../options/option.ts'
import { OPTIONS } from '../options/table.ts'

export const USAGE = 'Usage: exit75 [options] <program> [arguments]'

/** An option with a shorter line, in characters, shares its row with another. */
const SHORT = 24
/** Where the second half of such a row begins. */
const COLUMN = 39

interface Entry {
  readonly syntax: string
  readonly line: string
}

function table(): string {
  const entries = Object.entries(OPTIONS).flatMap(([name, option]) => entryOf(name, option) ?? [])
  const isShort = ({ line }: Entry) => line.length < SHORT
  const long = entries.filter((entry) => !isShort(entry))
  const short = entries.filter(isShort).sort((a, b) => a.syntax.length - b.syntax.length)
  const half = Math.ceil(short.length / 2)
  const right = aligned(short.slice(half))
  const pairs = aligned(short.slice(0, half)).map((left, at) => left.padEnd(COLUMN) + (right[at] ?? ''))
  return [...aligned(long), ...pairs].map((row) => `  ${row}`).join('\n')
}

/** Undefined for an option that the command line does not have. */
function entryOf(name: string, option: Option): Entry | undefined {
  if (option.help === undefined) return undefined
  const [value, line] = option.help
  const off = isFlag(option) && option.default === true ? 'no-' : ''
  const short = option.short === undefined ? '' : `-${option.short}, `
  return { syntax: `${short}--${off}${typedName(name)} ${value}`.trimEnd(), line }
}

function aligned(entries: readonly Entry[]): string[] {
  const width = Math.max(...entries.map(({ syntax }) => syntax.length))
  return entries.map(({ syntax, line }) => `${syntax.padEnd(width)}  ${line}`)
}

export const HELP: string = `${USAGE}
Runs app.js, app.ts, python3 app.py or 'make && ./x' again when files change.
Node's flags can be among the options. Times are in ms; * can be repeated.
${table()}
`
