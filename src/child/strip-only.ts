/**
 * Node's type stripping takes only a part of TypeScript, and its errors do not say what runs the rest: who
 * comes from tsx or ts-node has never met them.
 */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Returns the line about an error that ends a program whose types Node strips. Undefined for any other error. */
export function strippingFault(error: unknown): string | undefined {
  const { code = '', message = '', name } = (error ?? {}) as NodeJS.ErrnoException
  const found = FAULTS.find(([pattern]) => pattern.test(`${name} ${code} ${message}`))
  if (found === undefined) return undefined
  if (NOT_FOUND.test(code) && !isMisnamed(error as NotFound)) return undefined
  const [, what, loader = 'tsx', ...peers] = found
  const packages = [loader, ...peers].join(' ')
  return `Node only strips the types of TypeScript: ${what} · ${loader} runs all of it: npm install --save-dev ${packages}, then start exit75 again`
}

const NOT_FOUND = /MODULE_NOT_FOUND/

const FAULTS: readonly (readonly [pattern: RegExp, what: string, ...packages: string[]])[] = [
  [/ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/, 'enums, namespaces and parameter properties do not run'],
  [/^SyntaxError +Invalid or unexpected token/, 'decorators do not run', '@swc-node/register', '@swc/core'],
  [/outside a module/, '"import" needs "type": "module" in package.json'],
  [/does not provide an export named/, 'a type is imported by "import type"'],
  [NOT_FOUND, "an import names the file as it is, './file.ts'"],
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
