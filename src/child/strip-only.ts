/**
 * Node's type stripping takes only a part of TypeScript, and its errors do not say what runs the rest: who
 * comes from tsx or ts-node has never met them.
 */
import { existsSync } from 'node:fs'
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
  if (found === undefined || (NOT_FOUND.test(code) && !isMisnamed(error as NotFound))) return undefined
  const [, what, { by = ['tsx'] }] = found
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
    { by: ['@swc-node/register', '@swc/core'] },
  ],
  [/outside a module/, '"import" needs "type": "module" in package.json', {}],
  [/does not provide an export named/, 'a type is imported by "import type"', {}],
  [NOT_FOUND, "an import names the file as it is, './file.ts'", {}],
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
