/** The JSON Schema of `exit75.config.json`, which the package ships: the build writes it. */
import { KNOWN } from './config.ts'
import type { Option } from './option.ts'

/** `source`: the text of interface.ts, whose doc comments describe the options. */
export function configSchema(source: string): object {
  const properties = [...KNOWN].map(([name, option]) => {
    const value = defaultOf(option)
    return [
      name,
      { description: described(name, source), ...option.schema, ...(isPlain(value) && { default: value }) },
    ]
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of exit75',
    type: 'object',
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(properties) },
    additionalProperties: false,
  }
}

/** The default where a configuration is read: that of the command. Undefined if it depends on the terminal. */
const defaultOf = ({ default: value, ofPrograms, atTerminal }: Option): unknown =>
  atTerminal === undefined ? (ofPrograms ?? value) : undefined

/** Whether a value can be written in JSON, and is worth showing. */
const isPlain = (value: unknown): boolean =>
  value !== null && value !== undefined && (typeof value !== 'number' || Number.isFinite(value))

/** Returns the doc comment of an option in one line. */
function described(name: string, source: string): string {
  const [, comment = ''] =
    new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s+readonly ${name}\\?:`).exec(source) ?? []
  return comment
    .replace(/\s*\n\s*\* +/g, ' ')
    .trim()
    .replaceAll('\\/', '/')
}
