/** Checks with Node's own parsers whether a file parses, without running it. */
import module from 'node:module'
import { extname } from 'node:path'
import vm from 'node:vm'

export interface SyntaxFault {
  readonly message: string
  /** Null if the parser does not give it: see `lineInModule`. */
  readonly line: number | null
}

type Check = (text: string, path: string) => SyntaxFault | undefined

const known = new WeakMap<Buffer, SyntaxFault | 'none'>()

/** Returns the syntax error in a file. Undefined if it parses, or if Node cannot check this kind of file. */
export function syntaxFault(path: string, bytes: Buffer): SyntaxFault | undefined {
  const fault = known.get(bytes) ?? CHECKS[extname(path)]?.(textOf(bytes), path) ?? 'none'
  known.set(bytes, fault)
  return fault === 'none' ? undefined : fault
}

const asModule: Check = (text) => fault(() => new vm.SourceTextModule(text))

const asCommonJs: Check = (text, filename) => fault(() => vm.compileFunction(text, WRAPPER, { filename }))
const WRAPPER = ['exports', 'require', 'module', '__filename', '__dirname']

/** An edit may turn a `.js` file from CommonJS into ESM or back: only one that is neither is an error. */
const asEither: Check = (text, path) => {
  const error = asCommonJs(text, path)
  return error && asModule(text, path) && (/^\s*(import|export)\b/m.test(text) ? asModule(text, path) : error)
}

const asJson: Check = (text) => {
  const error = fault(() => JSON.parse(text))
  return error && { message: error.message.replace(/\s+/g, ' '), line: lineInJson(text) }
}

/**
 * V8 does not always report the position. Found by bisection: a text cut before the error is merely too
 * short, and one cut after it still has the error.
 */
function lineInJson(text: string): number {
  let [sound, faulty] = [0, text.length + 1]
  while (faulty - sound > 1) {
    const middle = Math.floor((sound + faulty) / 2)
    if (isOnlyTooShort(text.slice(0, middle))) sound = middle
    else faulty = middle
  }
  return text.slice(0, sound).split('\n').length
}

function isOnlyTooShort(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch (error) {
    const { message } = error as SyntaxError
    const at = / at position (\d+)/.exec(message)?.[1]
    return at === undefined ? message.includes('end of JSON input') : Number(at) >= json.length
  }
}

/** Node ≥ 22.13 can strip types. Syntax that it does not support (enums) is fine: another loader may. */
const asTypeScript: Check = (text, sourceUrl) => {
  if (typeof module.stripTypeScriptTypes !== 'function') return undefined
  return fault(() => module.stripTypeScriptTypes(text, { sourceUrl }), 'ERR_INVALID_TYPESCRIPT_SYNTAX')
}

const CHECKS: Record<string, Check> = {
  '.js': asEither,
  '.mjs': asModule,
  '.cjs': asCommonJs,
  '.json': asJson,
  '.ts': asTypeScript,
  '.mts': asTypeScript,
  '.cts': asTypeScript,
}

function fault(parse: () => unknown, code?: string): SyntaxFault | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError) || (error as NodeJS.ErrnoException).code !== code) return undefined
    // The stack begins with the file and line, unless it begins with the message.
    const place = /^(?!SyntaxError).*:(\d+)\n/.exec(error.stack ?? '') ?? /\(line (\d+) /.exec(error.message)
    const line = place?.[1]
    return { message: `${error.name}: ${error.message}`, line: line === undefined ? null : Number(line) }
  }
}

/**
 * Returns the line of a syntax error in an ES module. node:vm does not report it, but the stack of an
 * uncaught error in a thread does.
 */
export async function lineInModule(bytes: Buffer): Promise<number | null> {
  const { Worker } = process.getBuiltinModule('node:worker_threads') // few processes need it
  const thread = new Worker(
    `const { workerData } = require('node:worker_threads')
    new (require('node:vm').SourceTextModule)(workerData, { identifier: 'module' })`,
    {
      eval: true,
      workerData: textOf(bytes),
      execArgv: ['--experimental-vm-modules', '--no-warnings'],
      env: {},
    },
  )
  const line = await new Promise<string | undefined>((resolve) => {
    thread.on('error', (error: Error) => resolve(/^module:(\d+)$/m.exec(error.stack ?? '')?.[1]))
    thread.on('exit', () => resolve(undefined))
  })
  return line === undefined ? null : Number(line)
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/^\uFEFF/, '')
