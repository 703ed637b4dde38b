/** The text of `--help`, which fits a screen of 80 × 24 with the next prompt. */
import { isFlag, typedName } from '../options/names.ts'
import { OPTIONS, type Option } from '../options/table.ts'

export const USAGE = 'Usage: exit75 [options] <program> [arguments]'

const COLUMN = 39

/** Returns one line for each long entry; two short ones share a line. */
function table(): string {
  const cells = Object.entries(OPTIONS)
    .filter(([, { help }]) => help !== undefined)
    .map(([name, option]: [string, Option]) => cell(name, option))
  const isShort = (text: string) => text.length < COLUMN
  const [short, long] = [cells.filter(isShort), cells.filter((text) => !isShort(text))]
  const half = Math.ceil(short.length / 2)
  const pairs = short.slice(0, half).map((left, at) => left.padEnd(COLUMN) + (short[half + at] ?? ''))
  return [...long, ...pairs].map((line) => `  ${line}`.trimEnd()).join('\n')
}

function cell(name: string, option: Option): string {
  const [value = '', line = ''] = option.help ?? []
  const off = isFlag(option) && option.default === true ? 'no-' : ''
  const short = option.short === undefined ? '' : `-${option.short}, `
  const syntax = `${short}--${off}${typedName(name)} ${value}`.trimEnd()
  const isShort = `${syntax.padEnd(SYNTAX.short)}  ${line}`.length < COLUMN
  return `${syntax.padEnd(isShort ? SYNTAX.short : SYNTAX.long)}  ${line}`
}

const SYNTAX = { short: 20, long: 23 }

export const HELP: string = `${USAGE}
Runs a program again when its files change. Times in ms; * may be repeated.

${table()}

Also: exit75 --inspect server.ts, exit75 python3 app.py, exit75 'make && ./x'
`
