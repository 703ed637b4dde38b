/**
 * Node's type stripping takes only a part of TypeScript, and its errors do not say what runs the rest: who
 * comes from tsx or ts-node has never met them.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Returns the line about an error that ends a program which Node runs without a loader. Undefined if its cause
 * may be another one.
 */
export function strippingFault(
  error: unknown,
  entry: string,
  strips: boolean = Boolean(process.features.typescript),
): string | undefined {
  const { code = '', message = '', name } = (error ?? {}) as NodeJS.ErrnoException
  const text = `${name} ${code} ${message}`
  const isTypeScript = TYPESCRIPT.test(entry)
  if (!strips)
    return UNKNOWN.test(text)
      ? `Node ${process.version} runs no TypeScript · ${remedy(['tsx'], isTypeScript)}`
      : undefined
  const found = FAULTS.find(
    ([pattern, , { isAnywhere }]) => (isTypeScript || isAnywhere) && pattern.test(text),
  )
  if (found === undefined) return undefined
  const [, what, { by = ['tsx'], isCause = () => true }] = found
  if (!isCause(error as NotFound)) return undefined
  return `Node only strips the types of TypeScript: ${what} · ${remedy(by, isTypeScript)}`
}

/** Only for an entry in TypeScript the command chooses a loader by itself. */
function remedy(packages: readonly string[], isTypeScript: boolean): string {
  const [loader] = packages
  const start = isTypeScript ? 'start exit75 again' : `start it with: exit75 --import ${loader} …`
  return `${loader} runs all of it: npm install --save-dev ${packages.join(' ')}, then ${start}`
}

const TYPESCRIPT = /\.[cm]?tsx?$/
const NOT_FOUND = /MODULE_NOT_FOUND/
const UNKNOWN = /ERR_UNKNOWN_FILE_EXTENSION .*"\.([cm]?ts|[jt]sx)"/

interface Details {
  /** Whether the error says this whatever the entry is written in. */
  readonly isAnywhere?: boolean
  readonly by?: readonly string[]
  /** Whether it has this cause, where the message alone does not tell. */
  readonly isCause?: (error: NotFound) => boolean
}

const FAULTS: readonly (readonly [pattern: RegExp, what: string, details: Details])[] = [
  [
    /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/,
    'enums, namespaces and parameter properties do not run',
    { isAnywhere: true },
  ],
  [UNKNOWN, 'JSX does not run', { isAnywhere: true }],
  [
    /^SyntaxError +Invalid or unexpected token/,
    'decorators do not run',
    { by: ['@swc-node/register', '@swc/core'], isCause: isInModule },
  ],
  [/outside a module/, '"import" needs "type": "module" in package.json', {}],
  [/does not provide an export named/, 'a type is imported by "import type"', { isCause: isOfType }],
  [NOT_FOUND, "an import names the file as it is, './file.ts'", { isCause: isMisnamed }],
]

interface NotFound extends Error {
  /** Of an `import`. */
  readonly url?: string
  /** Of a `require`. */
  readonly requireStack?: readonly string[]
}

/** Whether only the name of what was looked for is that of another language, or has no extension. */
function isMisnamed({ message, url, requireStack: [from] = [] }: NotFound): boolean {
  const [, typed = ''] = /'(\.[^']*)'/.exec(message) ?? []
  if (url === undefined && (from === undefined || typed === '')) return false
  const path = url === undefined ? resolve(dirname(from as string), typed) : fileURLToPath(url)
  return ['.ts', '/index.ts'].some((end) => existsSync(path.replace(/\.js$/, '') + end))
}

/** Whether Node's loader has met it: what the app compiles by itself (`new Function`) has no decorators. */
function isInModule({ stack = '' }: Error): boolean {
  const [frame = ''] = /^ +at .*/m.exec(stack) ?? []
  return frame.includes('(node:internal/modules/')
}

/** Whether what a file does not export is a type there: else its name is misspelled, or gone. */
function isOfType({ stack = '' }: Error): boolean {
  const [, from, to = '', name = ''] = MISSING_EXPORT.exec(stack) ?? []
  if (from === undefined) return false
  const file = fileURLToPath(new URL(to, from))
  const type = new RegExp(`\\b(type|interface)\\b[^;=]*?[\\s{,]${name.replaceAll('$', '\\$')}(?![\\w$])`)
  return existsSync(file) && type.test(readFileSync(file, 'utf8'))
}

const MISSING_EXPORT =
  /^(file:.*):\d+\n(?:.*\n)*.*requested module '(\.[^']*)' does not provide an export named '([^']*)'/
