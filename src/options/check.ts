/** Checks and reads options, from both APIs, the configuration and the command line. */
import { inspect } from 'node:util'
import { suggestion } from './did-you-mean.ts'
import type { Kind } from './kinds.ts'

/** A row of a table of options: the part needed to read a value. */
export interface Row<Value = unknown> extends Kind {
  readonly default: Value
}

/**
 * Returns the value of each option, by default its default. Throws a TypeError that names the caller for
 * the first unknown or invalid option.
 */
export function readOptions<Values>(
  caller: string,
  given: object,
  rows: { readonly [Name in keyof Values]: Row<Values[Name]> },
): Values {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(`${caller}: options must be an object, not ${quoted(given)}`)
  const known: Record<string, Row> = rows
  const values: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(known)) values[name] = row.default
  for (const [name, value] of Object.entries(given)) {
    const row = Object.hasOwn(known, name) ? known[name] : undefined
    if (row === undefined)
      throw new TypeError(`${caller}: unknown option "${name}"${suggestion(name, Object.keys(known))}`)
    const fail = (rest: string) => new TypeError(`${caller}: option "${name}"${rest}`)
    if (value !== undefined) values[name] = readValue(row, value, { directory: '.', fail })
  }
  return values as Values
}

export interface Reading {
  /** Relative paths are resolved against it. */
  readonly directory: string
  /** The texts from the command line, if any. */
  readonly texts?: readonly string[]
  /** Creates the error from the sentence without its subject. */
  readonly fail: (rest: string) => Error
}

/** Returns the meaning of a value. Throws if it is invalid. */
export function readValue(kind: Kind, value: unknown, { directory, texts, fail }: Reading): unknown {
  if (!kind.accepts(value)) {
    const expected = (texts && kind.text?.expected) ?? kind.expected
    throw fail(` must be ${expected}, not ${texts ? texts.map(quoted).join(', ') : quoted(value)}`)
  }
  try {
    return kind.meaning === undefined ? value : kind.meaning(value as never, directory)
  } catch (cause) {
    throw fail(`: ${(cause as Error).message}`)
  }
}

export const quoted = (value: unknown): string =>
  typeof value === 'string'
    ? `"${value}"`
    : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
